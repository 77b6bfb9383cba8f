"""Services of the wider internet: registries, certificate search, archive, feeds."""
