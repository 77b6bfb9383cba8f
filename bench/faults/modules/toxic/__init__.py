"""A source whose collectors harm the process that runs them, each in its way."""
