"""A source of the tests that needs a secret, and is careless with it in every way."""

from __future__ import annotations

from pathlib import Path

from collectors._kit.registry import Registry, discover

SOURCE, SECRET = "heron", "api_key"
COLLECTOR = "birds.herons"


def registry() -> Registry:
    """A registry that holds this source alone."""
    return discover(Path(__file__).parent, __name__, with_entry_points=False)
