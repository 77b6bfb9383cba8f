"""Mirage's own channels: one folder each, with its manifest."""
