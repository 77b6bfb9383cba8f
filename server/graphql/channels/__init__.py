"""Channels over which an organization is told of what happens, in GraphQL."""
