"""RDAP: what registries say of domains, addresses and autonomous systems."""
