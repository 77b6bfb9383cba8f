"""Analysts' notes and tags in GraphQL."""
