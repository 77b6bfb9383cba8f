"""Rules of an organization's own: a text that works, and keeping it."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from pathlib import Path

from graph.correlate.keeping import Change, Keeper
from graph.facts import Answer, Outcome
from graph.model.network import NetworkService
from graph.queries.rule import LIST_FAILURES, OrgParams
from graph.store import Store
from tests.support.correlating import NOW, day, findings

_HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "add-a-rule.md"
TEXT = next(
    block
    for block in re.findall(r"```cypher\n(.*?)```", _HOWTO.read_text("utf-8"), re.DOTALL)
    if "title" in block
)
"""It finds mail servers on the port that its parameter says, 465 by default."""

RULE = "own.open_relay"
FAILS = TEXT.replace("0.5 AS score", "1 / (subject.port - $port) * 0.5 AS score")
"""The same, which the database plans and cannot carry out."""


def mail(address: str, port: int = 465) -> NetworkService:
    return NetworkService(transport="tcp", address=address, port=port, service_name="smtp")


def served(*services: NetworkService) -> list[Answer]:
    """What was said of some services, a day ago."""
    at = day(-1)
    return [Answer(each, "test.ports", Outcome.FOUND, at, at, (each,)) for each in services]


def keeper(store: Store, org: str, now: datetime = NOW) -> Keeper:
    return Keeper(store, org, now)


def change(expects: int | None = None, comment: str = "", name: str = "") -> Change:
    return Change("ann", name or str(uuid.uuid4()), comment, expects)


async def states(store: Store, org: str) -> dict[str, str]:
    """Findings' states by what they are about."""
    return {each["subject_key"]: each["state"] for each in await findings(store, org)}


async def failures(store: Store, org: str) -> dict[str, str]:
    rows = await store.fetch(LIST_FAILURES.bind(OrgParams(org=org)))
    return {row.rule: row.reason for row in rows}
