"""The Transmission Control Protocol: which ports are open, and what greets there."""
