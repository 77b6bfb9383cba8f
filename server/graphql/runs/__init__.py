"""Scans and their runs in GraphQL."""
