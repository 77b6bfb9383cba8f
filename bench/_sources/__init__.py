"""Sources that only the benchmark has; each is a folder like those of `collectors`."""
