"""A stack kept at work for long, and what of its memory, files and threads does not come back."""
