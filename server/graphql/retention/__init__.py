"""How long what is kept, what would go, and legal holds."""
