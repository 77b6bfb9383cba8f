"""Which entities are one: pairs that may be, what is decided of them, and who is one with whom."""
