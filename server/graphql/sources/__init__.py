"""Collectors and running services in GraphQL."""
