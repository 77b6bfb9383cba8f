"""Evaluates one rule for some subjects and writes what follows, in one transaction.

The rule reads in a read transaction of its own, while a lock on the rule (in the organization)
keeps other processes from writing what they saw before. So whoever evaluates last goes by the
newest graph, and a subject evaluated twice is evaluated once.

Mostly nothing follows. So many rules can be asked first with nothing held, and held together for just
the time to compare: who evaluates one of them meanwhile has either written by then, or asks only after.
What differs then is evaluated as said above.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal

from graph.correlate.asking import Asker
from graph.correlate.findings import Change, Finding, Stored, decide
from graph.correlate.outbox import leave_events
from graph.correlate.risk import weigh
from graph.correlate.rules import Rule
from graph.errors import MirageError
from graph.model.base import name_id
from graph.notices import Happened, leave_notices
from graph.queries import finding_writes as queries
from graph.store import Limits, Transaction
from graph.writer import EventGroup, Written

CHUNK = 500  # subjects that a rule of an organization's own is asked of in one transaction
LARGE_CHUNK = 5_000  # those that one of Mirage is; each transaction costs some round trips
WRITE_LIMITS = Limits(timeout_s=120.0, retry_s=120.0)

Reason = Literal["GONE", "CHANGED", "RETIRED"]


@dataclass(frozen=True)
class Look:
    """What a rule finds of some subjects, asked with nothing held."""

    rule: Rule
    subjects: Sequence[str]
    found: Mapping[str, Finding]


@dataclass(frozen=True)
class Evaluator(Asker):
    """Evaluates in one organization at one moment; what happens to findings is told of `run`."""

    run: str = ""

    async def outdated(self, looks: Sequence[Look]) -> list[tuple[Rule, list[str]]]:
        """Of what was looked at, the rules and subjects of which the graph says something else than they."""

        async def work(tx: Transaction) -> list[tuple[Rule, list[str]]]:
            rules = {look.rule.id for look in looks}
            await self._hold(tx, rules)
            subjects = {each for look in looks for each in look.subjects}
            stored: dict[str, list[Stored]] = defaultdict(list)
            for row in await self._stored(tx, rules, subjects):
                stored[row.rule].append(_stored(row))
            suppressed = await self._suppressed(
                tx, [f for look in looks for f in look.found.values()]
            )
            return [
                (look.rule, differing)
                for look in looks
                if (differing := _differing(look, stored[look.rule.id], suppressed))
            ]

        found, _ = await self.store.transact(work, limits=WRITE_LIMITS, bookmarks=self.bookmarks)
        return found

    async def evaluate(self, rule: Rule, subjects: Sequence[str]) -> Written | None:
        """Bring the rule's findings about `subjects` up to date; None where nothing happened.

        Nor does anything where the rule was set again meanwhile: then everything is evaluated by what it is now.
        """

        async def work(tx: Transaction) -> Written | None:
            if not await self._hold(tx, {rule.id}):
                return None
            found = await self.ask(rule, subjects)
            stored = map(_stored, await self._stored(tx, {rule.id}, subjects))
            changes = decide(found, stored, await self._suppressed(tx, found.values()))
            return await self._write(tx, rule, changes)

        written, _ = await self.store.transact(work, limits=WRITE_LIMITS, bookmarks=self.bookmarks)
        return written

    async def retire(self, rule: str) -> tuple[Written | None, bool]:
        """Close a chunk of the findings of a rule that is gone, or off; tells whether that was all."""

        async def work(tx: Transaction) -> tuple[Written | None, bool]:
            if not await self._hold(tx, {rule}):
                return None, True
            wanted = queries.OfRuleParams(org=self.org, rule=rule, most=CHUNK)
            rows = await tx.fetch(queries.FIND_OF_RULE.bind(wanted))
            if is_all := len(rows) < CHUNK:
                end = queries.RuleEndParams(id=self._node(rule), now=self.now)
                await tx.fetch(queries.UPSERT_RULE_END.bind(end))
            records = await self._close(tx, [row.id for row in rows], "RETIRED")
            changes = [Change("closed", row.id, "", row.subject, None) for row in rows]
            return await self._tell(tx, rule, changes, records), is_all

        done, _ = await self.store.transact(work, limits=WRITE_LIMITS)
        return done

    async def record_pass(self, rule: Rule) -> None:
        """Remember that every subject was evaluated by this version of the rule."""
        head = rule.header
        passed = queries.RulePassParams(
            id=self._node(rule.id),
            digest=self.book.digest(rule),
            now=self.now,
            properties={
                "title": head.title,
                "summary": head.summary,
                "version": head.version,
                "status": head.status,
                "severity": head.severity,
                "confidence": head.confidence,
                "explanation": head.explanation,
                "remediation": head.remediation,
                "references": list(head.references),
            },
        )

        async def work(tx: Transaction) -> None:
            if await self._hold(tx, {rule.id}):
                await tx.fetch(queries.UPSERT_RULE_PASS.bind(passed))

        await self.store.transact(work, limits=WRITE_LIMITS)

    async def record_failure(self, rule: str, digest: str, error: MirageError) -> None:
        """Remember that this version of a rule failed, so that not every subject was evaluated by it."""
        failed = queries.RuleFailureParams(
            id=self._node(rule), digest=digest, reason=str(error), now=self.now
        )

        async def work(tx: Transaction) -> None:
            if await self._hold(tx, {rule}):
                await tx.fetch(queries.UPSERT_RULE_FAILURE.bind(failed))

        await self.store.transact(work, limits=WRITE_LIMITS)

    def _node(self, rule: str) -> str:
        return name_id(self.org, "Rule", rule)

    async def _hold(self, tx: Transaction, rules: Set[str]) -> bool:
        """Keep other processes from these rules until the transaction ends; tells whether all are as in the book."""
        wanted: list[queries.RuleRecord] = [{"id": self._node(r), "rule": r} for r in sorted(rules)]
        held = await tx.fetch(
            queries.UPSERT_RULES.bind(queries.RulesParams(org=self.org, rules=wanted))
        )
        return all(each.number == self.book.number(each.rule) for each in held)

    async def _stored(
        self, tx: Transaction, rules: Set[str], subjects: Iterable[str]
    ) -> list[queries.StoredRow]:
        """What is stored of the rules' findings about the subjects."""
        of = queries.OfSubjectsParams(rules=sorted(rules), subjects=list(subjects))
        return await tx.fetch(queries.FIND_OF_SUBJECTS.bind(of))

    async def _suppressed(self, tx: Transaction, found: Iterable[Finding]) -> frozenset[str]:
        ids = sorted({suppression_id(self.org, each.fingerprint) for each in found})
        if not ids:
            return frozenset()
        wanted = queries.SuppressionsParams(ids=ids, now=self.now)
        rows = await tx.fetch(queries.FIND_SUPPRESSIONS.bind(wanted))
        return frozenset(row.fingerprint for row in rows)

    async def _write(
        self, tx: Transaction, rule: Rule, changes: Sequence[Change]
    ) -> Written | None:
        if records := [_record(c, c.finding) for c in changes if c.finding is not None]:
            wanted = queries.UpsertFindingsParams(
                org=self.org,
                rule=rule.id,
                rule_id=self._node(rule.id),
                version=rule.header.version,
                confidence=rule.header.confidence,
                now=self.now,
                findings=records,
            )
            await tx.fetch(queries.UPSERT_FINDINGS.bind(wanted))
            await weigh(tx, [each["id"] for each in records])
        closings = await self._close(tx, [c.id for c in changes if c.finding is None])
        return await self._tell(tx, rule.id, changes, closings)

    async def _close(
        self, tx: Transaction, ids: Sequence[str], reason: Reason | None = None
    ) -> dict[str, queries.ClosingRecord]:
        """Close findings: GONE where something they rest on ended, else CHANGED, or `reason`."""
        if not ids:
            return {}
        rows = await tx.fetch(queries.FIND_ENDED.bind(queries.EndedParams(ids=list(ids))))
        ended = {row.id: sorted(set(row.ended)) for row in rows}
        records: dict[str, queries.ClosingRecord] = {
            i: {
                "id": i,
                "reason": reason or ("GONE" if ended.get(i) else "CHANGED"),
                "cleared_by": ended.get(i, []),
            }
            for i in ids
        }
        wanted = queries.CloseFindingsParams(now=self.now, findings=list(records.values()))
        await tx.fetch(queries.CLOSE_FINDINGS.bind(wanted))
        return records

    async def _tell(
        self,
        tx: Transaction,
        rule: str,
        changes: Sequence[Change],
        closings: Mapping[str, queries.ClosingRecord],
    ) -> Written | None:
        events = [
            EventGroup(
                f"finding.{change.happening}",
                "Finding",
                (change.id,),
                self.run,
                _told(rule, change, closings.get(change.id)),
            )
            for change in changes
            if change.happening != "suppressed"
        ]
        happened = [
            Happened(
                f"finding.{change.happening}",
                change.id,
                change.finding.severity,
                change.finding.title,
                _of_whom(rule, change.finding),
            )
            for change in changes
            if change.happening in ("opened", "reopened") and change.finding is not None
        ]
        await leave_notices(tx, self.org, self.now, happened)
        return await leave_events(tx, self.org, self.now, events) if events else None


def suppression_id(org: str, fingerprint: str) -> str:
    """The id of the suppression of what has this fingerprint."""
    return name_id(org, "Suppression", fingerprint)


def _differing(look: Look, stored: Iterable[Stored], suppressed: Collection[str]) -> list[str]:
    """The subjects about which the rule says something else than the graph."""
    subjects = frozenset(look.subjects)
    known = (each for each in stored if each.subject in subjects)
    return sorted({change.subject for change in decide(look.found, known, suppressed)})


def _stored(row: queries.StoredRow) -> Stored:
    return Stored(
        id=row.id,
        fingerprint=row.fingerprint,
        subject=row.subject,
        state=row.state,
        title=row.title,
        severity=row.severity,
        score=row.score,
        evidence=tuple(row.evidence),
        links=tuple(row.links),
        details=row.details,
        shared=tuple(row.shared),
    )


def _record(change: Change, finding: Finding) -> queries.FindingRecord:
    return {
        "id": finding.id,
        "fingerprint": finding.fingerprint,
        "subject": finding.subject,
        "state": "SUPPRESSED" if change.happening == "suppressed" else "OPEN",
        "title": finding.title,
        "severity": finding.severity,
        "score": finding.score,
        "details": finding.details,
        "evidence": list(finding.evidence),
        "links": list(finding.links),
        "shared": list(finding.shared),
    }


def _told(rule: str, change: Change, closing: queries.ClosingRecord | None) -> dict[str, Any]:
    """What an event says beside the finding's id."""
    data: dict[str, Any] = {"rule": rule, "subject": change.subject}
    if change.finding is not None:
        data |= {"severity": change.finding.severity, "title": change.finding.title}
        data |= _of_whom(rule, change.finding)
    if closing is not None:
        data |= {"reason": closing["reason"], "cleared_by": closing["cleared_by"]}
    return data


def _of_whom(rule: str, finding: Finding) -> dict[str, str]:
    """By which rule a finding is, and what it is about."""
    return {
        "rule": rule,
        "subject_kind": finding.subject_kind,
        "subject_caption": finding.subject_caption,
    }
