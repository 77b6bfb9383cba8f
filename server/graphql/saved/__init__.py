"""Saved queries: documents with variables that members keep by name, for themselves or for all."""
