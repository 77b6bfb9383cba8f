"""Channels of the tests that are no part of Mirage, and behave in every way that such code can."""

from __future__ import annotations

from pathlib import Path

from collectors._kit.registry import Registry, discover

FOLDER = Path(__file__).parent


def registry() -> Registry:
    """A registry that has these channels, found as an operator's folder."""
    return discover(with_entry_points=False, further=[FOLDER])
