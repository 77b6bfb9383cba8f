"""Rules: what they look for, and trying one that is being written."""
