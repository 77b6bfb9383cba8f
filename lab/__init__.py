"""The lab: a small fictional company on loopback, for tests and the demo."""

from lab.internet import Lab, run

__all__ = ["Lab", "run"]
