"""How much findings matter here: a number of five parts, stored so that lists can be ordered by it.

`100 * severity * confidence * exposure * specificity * criticality`, each 0 to 1; confidence is the rule's times the
score of the match. The parts are stored beside the number, so that whoever asks sees why it is what it is. It is worked
out in the database, in the transaction that writes a finding, and again when something it follows from changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from graph.model.base import name_id
from graph.queries import risk as queries
from graph.store import Limits, Store, Transaction

Exposure = Literal["ANSWERS", "ADDRESSED", "UNKNOWN", "INTERNAL"]
Criticality = Literal["LOW", "NORMAL", "HIGH", "CRITICAL"]
PartName = Literal["SEVERITY", "CONFIDENCE", "EXPOSURE", "SPECIFICITY", "CRITICALITY"]

SEVERITIES: Mapping[str, float] = {
    "CRITICAL": 1.0,
    "HIGH": 0.8,
    "MEDIUM": 0.5,
    "LOW": 0.25,
    "INFO": 0.05,
}
EXPOSURES: Mapping[Exposure, float] = {
    "ANSWERS": 1.0,
    "ADDRESSED": 0.8,
    "UNKNOWN": 0.7,
    "INTERNAL": 0.4,
}
CRITICALITIES: Mapping[Criticality, float] = {
    "CRITICAL": 1.0,
    "HIGH": 0.85,
    "NORMAL": 0.7,
    "LOW": 0.4,
}
"""NORMAL is not at the top: what matters more than the rest has to have somewhere to go."""
INTERNAL = ("private", "loopback", "link_local", "shared", "unspecified")
FEW, MANY = 10, 1_000
LEAST, COMMON = 0.2, 0.1
CHUNK = 500
LIMITS = Limits(timeout_s=120.0, retry_s=120.0)


class Given(TypedDict):
    """What the statement is given beside findings."""

    severities: dict[str, float]
    exposures: dict[str, float]
    criticalities: dict[str, float]
    internal: list[str]
    few: int
    many: int
    least: float
    common: float
    version: str


_WEIGHTS = (SEVERITIES, EXPOSURES, CRITICALITIES, INTERNAL, FEW, MANY, LEAST, COMMON)
GIVEN: Given = {
    "version": name_id("Weights", repr(_WEIGHTS)),
    "severities": {**SEVERITIES},
    "exposures": {str(name): value for name, value in EXPOSURES.items()},
    "criticalities": {str(name): value for name, value in CRITICALITIES.items()},
    "internal": [*INTERNAL],
    "few": FEW,
    "many": MANY,
    "least": LEAST,
    "common": COMMON,
}


@dataclass(frozen=True)
class Part:
    """One part of a risk: what it is multiplied with, 0 to 1, and why that."""

    name: PartName
    factor: float
    reason: str


@dataclass(frozen=True)
class Risk:
    """How much a finding matters here, 0 to 100, and the parts that it is the product of."""

    score: float
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Risk | None:
        """What a finding's properties say; None where it was never said."""
        if stored.get("risk") is None:
            return None
        return cls(
            stored["risk"],
            (
                _severity(stored["severity"]),
                _confidence(stored["confidence"], stored.get("score")),
                _exposure(stored["risk_exposure"]),
                _specificity(
                    stored["risk_specificity"], stored["risk_shared_by"], stored["risk_is_common"]
                ),
                _criticality(stored["risk_criticality"]),
            ),
        )


_EXPOSED: Mapping[Exposure, str] = {
    "ANSWERS": "something of it answers from outside",
    "ADDRESSED": "it has a public address",
    "UNKNOWN": "nothing tells from where it can be reached",
    "INTERNAL": "it has internal addresses only",
}
_MATTERS: Mapping[Criticality, str] = {
    "CRITICAL": "it was said to be critical",
    "HIGH": "it was said to matter much",
    "NORMAL": "nobody said that it matters more or less than the rest",
    "LOW": "it was said to matter little",
}


def _severity(severity: str) -> Part:
    return Part("SEVERITY", SEVERITIES[severity], f"the rule says {severity}")


def _confidence(of_rule: float, score: float | None) -> Part:
    how_far = 1.0 if score is None else score
    return Part(
        "CONFIDENCE",
        round(of_rule * how_far, 4),
        f"the rule is believed to {of_rule:.0%}, and the facts speak for it to {how_far:.0%}",
    )


def _exposure(exposure: Exposure) -> Part:
    return Part("EXPOSURE", EXPOSURES[exposure], _EXPOSED[exposure])


def _specificity(factor: float, holders: int, is_common: bool) -> Part:
    if is_common:
        reason = "what is shared is on a list of common things"
    elif not holders:
        reason = "it does not rest on something shared"
    else:
        more = " or more" if holders >= MANY else ""
        reason = f"what is shared is known of {holders:,}{more}"
    return Part("SPECIFICITY", factor, reason)


def _criticality(criticality: Criticality) -> Part:
    reason = _MATTERS[criticality]
    return Part("CRITICALITY", CRITICALITIES[criticality], reason)


async def weigh(tx: Transaction, findings: Sequence[str]) -> list[str]:
    """Say within a transaction how much these matter now; gives those of which something else is said than before."""
    params = queries.RiskParams(findings=list(findings), **GIVEN)
    return [row.id for row in await tx.fetch(queries.UPSERT_RISK.bind(params))]


async def weigh_again(store: Store, touched: Collection[str], bookmarks: Sequence[str]) -> None:
    """Weigh again what is about entities that a write touched, or rests on them."""
    if not touched:
        return
    wanted = queries.RestingParams(touched=sorted(touched))
    rows = await store.fetch(queries.FIND_RESTING.bind(wanted), bookmarks=bookmarks)
    await _weigh_all(store, [row.id for row in rows])


async def weigh_unweighed(store: Store, org: str) -> None:
    """Weigh what never was, or by other weights: what a former version of this program found."""
    wanted = queries.UnweighedParams(org=org, version=GIVEN["version"], most=CHUNK)
    while rows := await store.fetch(queries.FIND_UNWEIGHED.bind(wanted)):
        if not await _weigh_all(store, [row.id for row in rows]):
            return  # the others are about nothing that there is


async def _weigh_all(store: Store, findings: Sequence[str]) -> int:
    """Weigh findings, some in each transaction; gives of how many something else is said."""
    changed = 0
    for first in range(0, len(findings), CHUNK):
        chunk = findings[first : first + CHUNK]

        async def work(tx: Transaction, chunk: Sequence[str] = chunk) -> int:
            return len(await weigh(tx, chunk))

        done, _ = await store.transact(work, limits=LIMITS)
        changed += done
    return changed
