"""The lab: a small fictional company on loopback, for tests and the demo."""
