"""Asking what was done, by whom, and how it ended."""
