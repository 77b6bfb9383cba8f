"""Secrets of collectors: set, removed, listed by name; no field gives a value."""
