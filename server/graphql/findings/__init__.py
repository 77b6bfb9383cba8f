"""Findings in GraphQL."""
