"""Answers that are watched: how two of them differ, and what is kept of that."""
