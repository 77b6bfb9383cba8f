"""Patterns: questions that are kept, and what enters and leaves their answers."""
