"""How two entities are connected, and by what alone."""
