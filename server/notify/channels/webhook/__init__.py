"""Webhooks: requests to an address of the organization's own, signed."""
