"""Which entities belong together."""
