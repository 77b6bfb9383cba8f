"""What accepting a pair states of two that are not one: that somebody has a mailbox.

It is stated as sources state facts, by a claim of the pair's own, in the transaction that decides; taking the decision
back withdraws the claim. So it has a reason and a history as any fact has, and what sources say beside it stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from graph.encoding import encode
from graph.facts import MARKINGS, Answer, Outcome
from graph.model import registry
from graph.model.affiliation import HasEmail
from graph.model.contact import EmailAddress
from graph.model.party import Person
from graph.queries.matching import DROP_KNOWN, LIST_STATED, DropParams, IdsParams, StatedRow
from graph.store import Transaction
from graph.writer import Written, write_group

COLLECTOR = "identity"
"""As whose claims these facts are known."""
RELIABILITY = 0.9  # as of what an analyst asserts


async def state_accepted(
    tx: Transaction, org: str, matches: Sequence[str], by: str, now: datetime
) -> Written | None:
    """State what follows from how these pairs stand now, or withdraw it; None where nothing follows from any."""
    rows = await tx.fetch(LIST_STATED.bind(IdsParams(ids=list(matches))))
    answers = [_answer(row, by, now) for row in rows]
    if not answers:
        return None
    written = await write_group(tx, org, [encode(org, each) for each in answers], now)
    # What sources say, too, is no question once the answer is taken back.
    await tx.fetch(DROP_KNOWN.bind(DropParams(ids=[row.id for row in rows], now=now)))
    return written


def _answer(row: StatedRow, by: str, now: datetime) -> Answer:
    """The claim of a pair, marked as the stricter of its sides is: who may not read one learns of neither."""
    sides = {_kind(side): registry.make(_kind(side), str(side["key"])) for side in row.sides}
    person, mailbox = cast(Person, sides["Person"]), cast(EmailAddress, sides["EmailAddress"])
    is_accepted = row.state == "ACCEPTED"
    return Answer(
        about=person,
        collector=COLLECTOR,
        outcome=Outcome.FOUND if is_accepted else Outcome.ABSENT,
        started_at=now,
        ended_at=now,
        facts=(HasEmail(source=person, target=mailbox),) if is_accepted else (),
        reliability=RELIABILITY,
        reason=f"{by} {'accepted' if is_accepted else 'no longer accepts'} the match {row.id}",
        part=row.id,
        tlp=max((str(side["tlp"]) for side in row.sides), key=MARKINGS.index),
    )


def _kind(side: Mapping[str, Any]) -> str:
    return next(str(label) for label in side["labels"] if label in registry.kinds())
