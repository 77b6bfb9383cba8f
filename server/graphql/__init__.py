"""The GraphQL schema, made from the ontology and the services' types, and how operations on it are
executed.
"""
