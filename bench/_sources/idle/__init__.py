"""A source that asks nobody."""
