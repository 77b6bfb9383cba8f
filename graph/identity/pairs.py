"""A pair of entities that may be one, as it is kept in the graph, and the verdict that is made of that for reading."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from itertools import combinations_with_replacement
from typing import Any

import orjson

from graph.identity.gathering import KINDS
from graph.match import kinds
from graph.match.comparing import Comparison, Veto
from graph.match.profile import Profile
from graph.match.score import Decision, Part, Scorer, Verdict, logistic
from graph.model.base import name_id
from graph.queries.matching import MatchRecord

FORM = 2
"""Of what is compared and by which keys: counted up when either changes, so that all are compared again."""


def match_id(org: str, one: str, other: str) -> str:
    """The id of the pair of two entities, in whichever order."""
    return name_id(org, "Match", *sorted((one, other)))


def identity_id(org: str, members: Sequence[str]) -> str:
    """The id of an identity: it follows from the first of its members."""
    return name_id(org, "Identity", min(members))


def desk_id(org: str) -> str:
    """The id of what one transaction at a time holds that compares or decides in an organization."""
    return name_id(org, "MatchDesk")


def basis() -> str:
    """A digest of keys, scorers and weights: pairs that were found by another are out of date."""
    found = (kinds.scorer_of(*both) for both in combinations_with_replacement(KINDS, 2))
    scorers = sorted({each.name: each for each in found if each}.items())
    parts = [f"{FORM}"]
    for name, scorer in scorers:
        parts.append(f"{name} {scorer.prior} {scorer.thresholds} {sorted(scorer.weights.items())}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@cache
def partners(kind: str) -> tuple[str, ...]:
    """The kinds with which an entity of this kind can be one."""
    return tuple(other for other in KINDS if kinds.scorer_of(kind, other) is not None)


def scorer_between(left: Profile, right: Profile) -> Scorer | None:
    """The scorer of two, None where such are never one."""
    return kinds.scorer_of(left.kind, right.kind)


def is_stated(scorer: Scorer, left: Profile, right: Profile) -> bool:
    """Whether what accepting the two would state is known already: that the person has the mailbox."""
    return scorer.name in kinds.STATED and bool({*left.emails} & {*right.emails})


def record_of(
    org: str, left: Profile, right: Profile, scorer: Scorer, verdict: Verdict
) -> MatchRecord:
    """A judged pair as it is kept."""
    return {
        "id": match_id(org, left.id, right.id),
        "left": left.id,
        "right": right.id,
        "kind": scorer.name,
        "score": round(verdict.score, 6),
        "prior": verdict.prior,
        "features": orjson.dumps(
            [[part.feature, *part.comparison, round(part.adds, 4)] for part in verdict.parts]
        ).decode(),
        "vetoes": orjson.dumps([list(veto) for veto in verdict.vetoes]).decode(),
        "scorer_version": scorer.version,
        "is_candidate": verdict.decision is not Decision.REJECT,
        "states": kinds.STATED.get(scorer.name),
    }


def verdict_of(kind: str, prior: float, features: str, vetoes: str) -> Verdict:
    """The verdict that `record_of` kept; the decision is what the scorer of today makes of it."""
    parts: Sequence[list[Any]] = orjson.loads(features)
    against: Sequence[list[str]] = orjson.loads(vetoes)
    listed = tuple(
        Part(name, Comparison(similarity, left, right, reason), adds)
        for name, similarity, left, right, reason, adds in parts
    )
    log_odds = prior + sum(part.adds for part in listed)
    score = logistic(log_odds)
    vetoed = tuple(Veto(*each) for each in against)
    decision = Decision.REJECT if vetoed else kinds.in_use(kind).decide(score, listed)
    return Verdict(score, log_odds, prior, listed, vetoed, decision)
