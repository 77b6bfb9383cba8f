"""Leaves what happened to be told over channels, in the transaction in which it does: so none of it is lost, or untrue.

Where no channel of the organization asks for such events nothing is kept. Who is told, and how, is the courier's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from graph.model.base import name_id
from graph.queries.channel import UPSERT_NOTICES, NoticesParams
from graph.store import Transaction

Detail = str | int | float | bool | None


@dataclass(frozen=True)
class Happened:
    """Something that happened: which event, to what (its id), how much that matters, and what it said then.

    `severity` is one of INFO, LOW, MEDIUM, HIGH and CRITICAL. `title` and `details` are as confidential as what it is
    about. `part` tells several of one moment apart, and is among the details where it is not empty.
    """

    event: str
    about: str
    severity: str = "INFO"
    title: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)
    part: str = ""


async def leave_notices(
    tx: Transaction, org: str, at: datetime, happened: Sequence[Happened]
) -> None:
    """Leave what happened in an organization at a moment; the same once, however often the transaction is tried."""
    if not happened:
        return
    moment = at.isoformat()
    params = NoticesParams(
        org=org,
        at=at,
        notices=[
            {
                "id": name_id(
                    org, "Notice", each.event, each.about, moment, *filter(None, [each.part])
                ),
                "event": each.event,
                "about": each.about,
                "severity": each.severity,
                "title": each.title,
                "details": orjson.dumps(_details(each)).decode(),
            }
            for each in happened
        ],
    )
    await tx.fetch(UPSERT_NOTICES.bind(params))


def _details(each: Happened) -> dict[str, Detail]:
    return {**each.details, **({"part": each.part} if each.part else {})}
