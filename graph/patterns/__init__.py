"""Patterns: questions that an organization keeps, whose rows are told as they enter and leave the answer."""
