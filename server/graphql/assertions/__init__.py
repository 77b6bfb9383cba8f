"""Facts that analysts assert in GraphQL."""
