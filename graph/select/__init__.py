"""Selections: what to read as a neutral tree, and its compiler to one Cypher statement. Knows no GraphQL."""
