"""Modules: what can be asked, read and concluded, where it comes from, and how each organization has set it."""
