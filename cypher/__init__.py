"""The queries, schema and correlation rules of Mirage, as text."""
