"""The GraphQL schema, made from ontology and services, and how operations on it are executed."""
