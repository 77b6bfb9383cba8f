"""A slow source whose answers follow from the question."""
