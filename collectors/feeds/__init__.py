"""Reputation feeds: lists of addresses, names and URLs that the operator names."""
