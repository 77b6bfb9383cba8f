"""Correlation: rules that only read, and the engine that keeps their findings true."""
