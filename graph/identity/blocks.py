"""What is kept of an entity so that others find it: its profile and the keys of its blocks; and who shares these."""

from __future__ import annotations

from collections.abc import Iterable

from graph.identity import gathering, pairs
from graph.match.blocking import HUB, blocking_keys
from graph.match.profile import Profile
from graph.model.base import name_id
from graph.queries.catalog import Bound
from graph.queries.matching import (
    FIND_CANDIDATES,
    CandidatesParams,
    CandidatesRow,
    ProfileRecord,
    SoughtRecord,
)


def record_of(org: str, profile: Profile, basis: str) -> ProfileRecord:
    """A profile as it is kept; `basis` is that of `pairs.basis`."""
    text = gathering.to_json(profile)
    return {
        "id": profile.id,
        "kind": profile.kind,
        "digest": name_id(basis, text),
        "profile": text,
        "keys": [
            {"id": name_id(org, "MatchKey", key), "key": key} for key in blocking_keys(profile)
        ],
    }


def candidates_of(
    records: Iterable[ProfileRecord], most: int, hub: int = HUB
) -> Bound[CandidatesRow]:
    """Asks whom to compare each with, the likeliest first; a key that more than `hub` have brings nobody together."""
    sought: list[SoughtRecord] = [
        {
            "id": each["id"],
            "kinds": list(pairs.partners(each["kind"])),
            "keys": [key["id"] for key in each["keys"]],
        }
        for each in records
    ]
    return FIND_CANDIDATES.bind(CandidatesParams(profiles=sought, hub=hub, most=most))
