"""The organization a caller acts in, and those that the platform hosts, in GraphQL."""
