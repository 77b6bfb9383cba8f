"""Who asks, for which organization, and what they may do. Knows nothing of GraphQL."""
