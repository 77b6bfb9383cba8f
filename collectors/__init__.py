"""One folder a source: what it asks, and how its answer becomes facts."""
