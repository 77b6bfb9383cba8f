"""The caller in GraphQL."""
