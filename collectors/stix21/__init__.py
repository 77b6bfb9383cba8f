"""STIX 2.1 bundles: threat intelligence as files."""
