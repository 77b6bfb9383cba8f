"""Field-by-field reading of collected entities: one simple query a field, the rest in Python."""
