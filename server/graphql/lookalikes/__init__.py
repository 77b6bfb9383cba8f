"""Domain names that look like one's own."""
