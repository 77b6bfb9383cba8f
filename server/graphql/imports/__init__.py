"""Files handed in in GraphQL."""
