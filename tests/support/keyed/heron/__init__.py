"""The source's package."""
