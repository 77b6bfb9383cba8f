"""Keeping rules: an organization's own, and how it sets those that are shipped. Each change is a version.

Who may change them is decided elsewhere. What is kept counts at once: whoever evaluates reads it anew, and what a
correlator finds in the outbox has it evaluate everything by what was changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from graph.correlate import rules as rule_files
from graph.correlate.books import OWN, is_own, read_own
from graph.correlate.outbox import leave_look
from graph.correlate.rules import Rule
from graph.correlate.trying import checked
from graph.errors import InvalidQuestion, InvalidRule, LimitExceeded, NotFound
from graph.model.base import name_id
from graph.queries import rule as queries
from graph.setting import check_expected, hold_settings
from graph.store import Store, Transaction

MOST_OWN = 200
KEPT = 50  # versions of one rule
REPEATS = 20  # changes by name that are known again
LONGEST_NAME = 60
LONGEST_COMMENT = 1_000
MOST_PARAMETERS = 20_000  # characters of all values together

_NAME = re.compile(r"own\.[a-z][a-z0-9]*(?:_[a-z0-9]+)*")

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """Who changes a rule, and why.

    `name` is equal for the same change made again. `expects` is the number of the version that it goes from; None
    whatever that is.
    """

    by: str
    name: str
    comment: str = ""
    expects: int | None = None


@dataclass(frozen=True)
class State:
    """How a rule is set. `text` is None for a shipped rule, and for one of the organization's own that is deleted."""

    text: str | None = None
    parameters: Parameters = field(default_factory=dict)
    is_enabled: bool = True


@dataclass(frozen=True)
class Version:
    """How a rule was set once: by whose id, when and why."""

    number: int
    state: State
    by: str
    at: datetime
    comment: str


Decide = Callable[[State], State]


@dataclass(frozen=True)
class Keeper:
    """An organization's rules, at one moment. Every change gives the number of the version that is there then."""

    store: Store
    org: str
    now: datetime

    async def save(
        self, rule: str, text: str, change: Change, is_enabled: bool | None = None
    ) -> int:
        """Keep a rule of the organization's own; `is_enabled` of None leaves that as it is.

        Raises as `trying.checked`; InvalidQuestion for a name or a value that is not right; Conflict where another
        version is there than is expected; LimitExceeded where there are too many.
        """
        check_own(rule)
        read = await checked(self.store, self.org, rule, text, self.now)

        def saved(now: State) -> State:
            kept = State() if now.text is None else now
            is_on = kept.is_enabled if is_enabled is None else is_enabled
            return State(text, _still(read, kept.parameters), is_on)

        return await self._set(rule, change, saved)

    async def set(
        self, rule: str, change: Change, parameters: object = None, is_enabled: bool | None = None
    ) -> int:
        """Set values of a rule's parameters (all of them: the others have their defaults), and whether it is evaluated.

        None leaves as it is. Raises InvalidQuestion naming the parameter, NotFound, and Conflict as `save`.
        """

        def changed(now: State) -> State:
            _check_there(rule, now)
            given = now.parameters
            if parameters is not None:
                given = check_parameters(_read(rule, now), parameters)
            is_on = now.is_enabled if is_enabled is None else is_enabled
            return replace(now, parameters=given, is_enabled=is_on)

        return await self._set(rule, change, changed)

    async def delete(self, rule: str, change: Change) -> int:
        """Delete a rule of the organization's own; its findings are closed, its versions stay. Raises NotFound."""
        check_own(rule)

        def deleted(now: State) -> State:
            _check_there(rule, now)
            return State()

        return await self._set(rule, change, deleted)

    async def roll_back(self, rule: str, to: int, change: Change) -> int:
        """Set a rule as it was in an earlier version, also one that was deleted since; 0 of a shipped rule: never set.

        Raises NotFound, and as `save`: what was right once need not be.
        """
        state = State() if to == 0 and rule in rule_files.load() else await self._state(rule, to)
        if is_own(rule) and state.text is None:
            raise InvalidQuestion(f"to: by version {to} {rule} was deleted; give another one")
        if state.text is not None:
            await checked(self.store, self.org, rule, state.text, self.now)
        check_parameters(_read(rule, state), dict(state.parameters))
        return await self._set(rule, change, lambda _: state)

    async def versions(self, rule: str, before: int | None, limit: int) -> Sequence[Version]:
        """Versions, latest first, with a number below `before`; the last KEPT are there."""
        params = queries.VersionsParams(org=self.org, rule=rule, before=before, limit=limit)
        rows = await self.store.fetch(queries.LIST_VERSIONS.bind(params))
        return [Version(r.number, _state(r), r.set_by, r.set_at, r.comment) for r in rows]

    async def _state(self, rule: str, number: int) -> State:
        found = await self.versions(rule, number + 1, 1)
        if not found or found[0].number != number:
            raise NotFound(f"to: of {rule[:LONGEST_NAME]} there is no version {number}")
        return found[0].state

    async def _set(self, rule: str, change: Change, decide: Decide) -> int:
        number, _ = await self.store.transact(lambda tx: set_within(tx, self, rule, change, decide))
        return number


async def set_within(
    tx: Transaction, keeper: Keeper, rule: str, change: Change, decide: Decide
) -> int:
    """Make a new version of how a rule is set, unless nothing would change, within a transaction of the caller's."""
    if len(change.comment) > LONGEST_COMMENT:
        raise InvalidQuestion(f"comment: {LONGEST_COMMENT:,} characters at most are right")
    org = keeper.org
    # Whoever sets something of the organization waits for whoever does: so that their number is known.
    await hold_settings(tx, org)
    wanted = queries.LockParams(id=name_id(org, "RuleSetting", rule), org=org, rule=rule)
    [now] = await tx.fetch(queries.LOCK_SETTING.bind(wanted))
    if change.name in now.changes:
        return now.number
    check_expected(change.expects, now.number)
    before = _state(now)
    after = decide(before)
    if after == before:
        return now.number
    if after.text is not None and before.text is None:
        await _check_room(tx, org)
    changes = [change.name, *now.changes][:REPEATS]
    await tx.fetch(
        queries.UPSERT_SETTING.bind(_params(keeper, rule, now.number + 1, change, after, changes))
    )
    await leave_look(tx, org, keeper.now)
    return now.number + 1


def _params(
    keeper: Keeper, rule: str, number: int, change: Change, after: State, changes: list[str]
) -> queries.SetParams:
    return queries.SetParams(
        org=keeper.org,
        rule=rule,
        number=number,
        version_id=name_id(keeper.org, "RuleVersion", rule, str(number)),
        text=after.text,
        parameters=orjson.dumps(dict(after.parameters)).decode(),
        is_enabled=after.is_enabled,
        by=change.by,
        at=keeper.now,
        comment=change.comment,
        words=_words(rule, after),
        changes=changes,
        kept=KEPT,
    )


def _words(rule: str, after: State) -> dict[str, Any]:
    """What is told of findings of a rule of the organization's own; nothing where it is in files."""
    if after.text is None:
        return dict.fromkeys(("subject", "explanation", "remediation", "references"))
    read = read_own(rule, after.text)
    head = read.header
    return {
        "subject": read.subject,
        "explanation": head.explanation,
        "remediation": head.remediation,
        "references": list(head.references),
    }


async def _check_room(tx: Transaction, org: str) -> None:
    [row] = await tx.fetch(queries.COUNT_OWN.bind(queries.OrgParams(org=org)))
    if row.total >= MOST_OWN:
        raise LimitExceeded(
            f"an organization has at most {MOST_OWN} rules of its own; delete one that is not needed"
        )


def check_own(rule: str) -> None:
    """Raise InvalidQuestion unless a rule of the organization's own may be called so."""
    if not _NAME.fullmatch(rule) or len(rule) > LONGEST_NAME:
        raise InvalidQuestion(
            f"id: {rule[:LONGEST_NAME]!r} is no name of a rule of one's own: it is own.NAME, of small letters, digits"
            f" and single underscores, at most {LONGEST_NAME} in all, as {OWN}open_relay"
        )


def check_parameters(rule: Rule, given: object) -> Parameters:
    """Values of a rule's parameters, each of its type. Raises InvalidQuestion naming what is not, and what would be."""
    if not isinstance(given, dict):
        raise InvalidQuestion("parameters: an object of values by the parameters' names is right")
    known = {each.name: each for each in rule.header.params}
    for name, value in given.items():
        if name not in known:
            there = ", ".join(known) or "none"
            raise InvalidQuestion(
                f"parameters.{str(name)[:100]}: {rule.id} has no such parameter; there are: {there}"
            )
        try:
            known[name].read(value)
        except InvalidRule as error:
            one = known[name]
            raise InvalidQuestion(
                f"parameters.{name}: {str(error)[:300]}; {one.written} is right, as any {one.type}"
            ) from error
    if len(orjson.dumps(given)) > MOST_PARAMETERS:
        raise LimitExceeded(
            f"parameters: {MOST_PARAMETERS:,} characters at most are right, of all values together"
        )
    return given


def _still(rule: Rule, parameters: Parameters) -> Parameters:
    """Values that were set and are right for a new text, too."""
    try:
        return check_parameters(rule, dict(parameters))
    except InvalidQuestion as error:
        raise InvalidQuestion(
            f"{error}. That is a value which was set: `setRule` with parameters {{}} forgets such"
        ) from error


def _check_there(rule: str, now: State) -> None:
    if rule not in rule_files.load() and now.text is None:
        raise NotFound(f"id: there is no rule {rule[:LONGEST_NAME]}; `rules` lists them")


def _read(rule: str, state: State) -> Rule:
    """The rule of that name as it is set. Raises NotFound."""
    _check_there(rule, state)
    return rule_files.load()[rule] if state.text is None else read_own(rule, state.text)


def _state(row: queries.SetRow) -> State:
    return State(row.text, orjson.loads(row.parameters), row.is_enabled)
