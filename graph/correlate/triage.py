"""What people make of findings: how far they are with one, whose it is and until when, and what they set aside.

What holds stays the rule's word. People move `triage`, and it begins anew where a finding comes back. A suppression is
kept by the finding's fingerprint, so it outlives the finding: what is found again later is still set aside, until the
suppression ends or is lifted. Who may do so is decided elsewhere.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graph.correlate.acts import (
    MOST_MATCHING,
    SYSTEM,
    carried_out,
    check_comment,
    each_once,
    events_of,
)
from graph.correlate.evaluating import suppression_id
from graph.correlate.outbox import leave_events
from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.model.base import name_id
from graph.queries import triage as queries
from graph.store import Store, Transaction
from graph.writer import EventGroup, Written


class Stage(enum.StrEnum):
    """How far people are with a finding."""

    NEW = "NEW"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    IN_PROGRESS = "IN_PROGRESS"
    RESOLVED = "RESOLVED"


@dataclass(frozen=True)
class Step:
    """What is to be changed; None leaves what is there. `assignee` is an e-mail address, or empty for nobody.

    With `sets_due` the time until which it is to be done becomes `due_at`, None for no time.
    """

    stage: Stage | None = None
    assignee: str | None = None
    due_at: datetime | None = None
    sets_due: bool = False
    comment: str = ""

    def check(self) -> None:
        """Raise InvalidQuestion unless it changes or says something."""
        check_comment(self.comment)
        if self.stage is None and self.assignee is None and not self.sets_due and not self.comment:
            raise InvalidQuestion("say what to change: triage, assignee, dueAt or comment")


@dataclass(frozen=True)
class Triage:
    """What somebody does at a moment, with findings that they may read. `act` makes the same act the same one."""

    store: Store
    org: str
    by: str
    now: datetime
    act: str
    readable: list[str] | None = None

    async def move(self, findings: Sequence[str], step: Step) -> Written:
        """Note how far people are, whose they are, until when, or a comment: with all of these, or none.

        Raises NotFound, InvalidQuestion, and Conflict where one is closed.
        """
        step.check()

        async def work(tx: Transaction) -> list[EventGroup]:
            found = await self._lock(tx, findings)
            if step.stage is not None and (closed := [f.id for f in found if f.state == "CLOSED"]):
                raise Conflict(f"the finding {closed[0]} is closed: its rule matches no longer")
            params = queries.TriageParams(
                org=self.org, findings=[{"id": f.id, "act": self._act_on(f.id)} for f in found],
                triage=step.stage, assignee=step.assignee, due_at=step.due_at, sets_due=step.sets_due,
                comment=step.comment.strip(), act=self.act, by=self.by, now=self.now,
            )  # fmt: skip
            rows = await tx.fetch(queries.UPSERT_TRIAGE.bind(params))
            return events_of("Finding", "triaged", [row.id for row in rows])

        return await carried_out(self.store, self.org, self.now, work)

    async def suppress(
        self, findings: Sequence[str], reason: str, until: datetime | None = None
    ) -> Written:
        """Set findings aside at once, until a moment or for ever; all of these, or none.

        Raises NotFound, and InvalidQuestion for an end that is past or a reason that is empty.
        """
        if until is not None and until <= self.now:
            raise InvalidQuestion("until: a suppression ends in the future, or never")
        if not reason.strip():
            raise InvalidQuestion("reason: say why it is set aside")
        check_comment(reason)

        async def work(tx: Transaction) -> list[EventGroup]:
            found = await self._lock(tx, findings)
            params = queries.SuppressParams(
                org=self.org, findings=self._aside(found), act=self.act, by=self.by,
                reason=reason.strip(), until=until, now=self.now,
            )  # fmt: skip
            rows = await tx.fetch(queries.UPSERT_SUPPRESSIONS.bind(params))
            return events_of("Finding", "suppressed", [row.id for row in rows])

        return await carried_out(self.store, self.org, self.now, work)

    async def lift(self, findings: Sequence[str], comment: str = "") -> Written:
        """Tell of findings again; of all of these, or none. Raises NotFound, Conflict where one is not set aside."""
        check_comment(comment)

        async def work(tx: Transaction) -> list[EventGroup]:
            found = await self._lock(tx, findings)
            if told := [f.id for f in found if not f.is_aside]:
                raise Conflict(f"the finding {told[0]} is not set aside")
            params = queries.LiftParams(
                org=self.org, findings=self._aside(found), act=self.act, by=self.by,
                comment=comment.strip(), now=self.now,
            )  # fmt: skip
            rows = await tx.fetch(queries.CLOSE_SUPPRESSIONS.bind(params))
            return events_of("Finding", "reopened", [row.id for row in rows if row.is_open])

        return await carried_out(self.store, self.org, self.now, work)

    async def _lock(self, tx: Transaction, findings: Sequence[str]) -> list[queries.LockedRow]:
        wanted = each_once(findings, "findings", MOST_MATCHING)
        params = queries.LockParams(org=self.org, readable=self.readable, ids=wanted)
        rows = await tx.fetch(queries.LOCK_FINDINGS.bind(params))
        if missing := sorted({*wanted} - {row.id for row in rows}):
            raise NotFound(f"there is no finding {missing[0]}")
        return rows

    def _aside(self, found: Sequence[queries.LockedRow]) -> list[queries.AsideRecord]:
        return [
            {"id": f.id, "act": self._act_on(f.id), "suppression": suppression_id(self.org, f.fingerprint)}
            for f in found
        ]  # fmt: skip

    def _act_on(self, finding: str) -> str:
        return name_id(self.org, "FindingAct", self.act, finding)


async def seen_again(store: Store, org: str, now: datetime) -> Written | None:
    """Have open findings begin anew that somebody held to be mended, and all of whose facts were seen again since."""
    params = queries.SeenAgainParams(
        org=org, by=SYSTEM, now=now, comment="It was seen again after it was said to be resolved."
    )

    async def work(tx: Transaction) -> Written | None:
        rows = await tx.fetch(queries.UPSERT_SEEN_AGAIN.bind(params))
        events = events_of("Finding", "triaged", [row.id for row in rows])
        return await leave_events(tx, org, now, events) if events else None

    written, _ = await store.transact(work)
    return written
