"""How much there is, in GraphQL."""
