"""Saved queries that are watched: asked again as things happen, and what changed in their answers."""
