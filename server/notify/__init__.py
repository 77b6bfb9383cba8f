"""Ways to tell people: one file a channel."""
