"""Versions to which an organization pins modules, and whether any process that lives now has them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

Versions = Mapping[str, Collection[int]]
"""Versions of collectors that processes have, by the collector."""

NOBODY = "no living process can carry it out"


def absence(pinned: int, live: Collection[int]) -> str:
    """Why nobody can carry a collector out now, where it is pinned (0: it is not); empty where somebody can.

    `live` are the versions that living processes have of it.
    """
    if not live:
        return NOBODY
    if pinned and pinned not in live:
        have = ", ".join(str(each) for each in sorted(set(live)))
        return f"pinned to version {pinned}; live workers have {have}"
    return ""


def absent(pinned: Mapping[str, int], live: Versions, among: Iterable[str]) -> dict[str, str]:
    """Of some collectors, those that nobody can carry out in the version to which they are pinned, with the reason."""
    return {
        name: why
        for name in among
        if name in pinned and (why := absence(pinned[name], live.get(name, ())))
    }
