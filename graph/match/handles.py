"""Handles on platforms, and what a mailbox's name tells of whose it is.

That two handles are alike is weak evidence: the rarer a handle, the more it tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz.distance import OSA

from graph.match.comparing import Comparison
from graph.match.people import PersonName
from graph.match.words import latin

_LEET = str.maketrans("01345789@$!", "oieastbgasi")
_EDGE = re.compile(
    r"^(?:the|real|official|iam|im|mr|its|x+)(?=[a-z]{4})|(?<=[a-z]{4})(?:official|real|x+|hq)$"
)
_TAIL = re.compile(r"\d+$")
# Handles that very many chose.
_COMMON = frozenset(
    [
        "admin", "administrator", "anonymous", "demo", "dev", "developer", "example", "ghost", "guest", "info", "me",
        "nobody", "null", "root", "support", "system", "team", "test", "tester", "unknown", "user", "webmaster",
    ]
)  # fmt: skip


@lru_cache(maxsize=65_536)
def folded_handle(handle: str) -> str:
    """A handle without separators, numbers at its end, and letters written as digits: J4ne.Doe_99 is janedoe.

    A handle of digits alone stays. Doing it again changes nothing.
    """
    before, folded = "", "".join(re.findall(r"[^\W_]+|[@$!]", latin(handle)))
    while before != folded:
        before = folded
        bare = _TAIL.sub("", folded)
        if not re.search(r"[a-z]", bare):
            return folded
        folded = _EDGE.sub("", bare.translate(_LEET))
    return folded


def rarity(handle: str) -> float:
    """From 0 (one that very many chose) to 1: long handles of several parts are rare.

    An estimate from the handle alone; who knows how many platforms have it knows better.
    """
    folded = folded_handle(handle)
    if folded in _COMMON or len(folded) < 4:
        return 0.0
    return min(1.0, (len(folded) - 3) / 8)


def compare_handles(left: str, right: str) -> Comparison:
    """1 for one rare handle, less the commoner it is and the more edits lie between (two at most)."""
    shown = (left, right)
    rare = min(rarity(left), rarity(right))
    worth = 0.4 + 0.6 * rare
    if left == right:
        return Comparison(
            worth, *shown, "the same handle" if rare > 0.5 else "the same handle, a common one"
        )
    one, other = folded_handle(left), folded_handle(right)
    if one == other:
        return Comparison(0.9 * worth, *shown, "the same but for digits and separators")
    edits = OSA.distance(one, other, score_cutoff=2)
    if edits <= 2 and min(len(one), len(other)) >= 4 * edits:
        return Comparison(
            (0.8 - 0.15 * edits) * worth, *shown, f"{edits} edit{'s' * (edits > 1)} apart"
        )
    return Comparison(0.0, *shown, "different handles")


def compare_mailbox(email: str, name: PersonName) -> Comparison:
    """Whether a mailbox is named after somebody: jane.doe, j.doe, doe.j, jdoe, janed; how much each form tells."""
    local = email.partition("@")[0].partition("+")[0]
    shown = (email, name.shown)
    form = "".join(re.findall(r"[a-z]+", latin(local)))
    for pattern, similarity, reason in _patterns(name):
        if form == pattern:
            return Comparison(similarity, *shown, reason)
    return Comparison(0.0, *shown, "the mailbox is not named so")


def mailbox_patterns(name: PersonName) -> frozenset[str]:
    """The letters of mailboxes that somebody of this name may have: for blocking."""
    return frozenset(pattern for pattern, *_ in _patterns(name))


def _patterns(name: PersonName) -> Iterator[tuple[str, float, str]]:
    if len(name.words) < 2:
        return
    family = [w for w in name.words if w in name.family] or [name.words[-1]]
    given = [w for w in name.words if w not in family] or [name.words[0]]
    first, last = given[0], "".join(family)
    yield first + last, 1.0, "given and family name"
    yield last + first, 1.0, "family and given name"
    yield first[0] + last, 0.8, "initial and family name"
    yield last + first[0], 0.8, "family name and initial"
    yield first + last[0], 0.6, "given name and initial"
    yield last, 0.5, "the family name alone"
    yield first, 0.3, "the given name alone"
