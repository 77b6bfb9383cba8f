"""What is read of a fact, as Cypher: its intervals, its values now or at a moment, its support.

`docs/graph-storage.md` says how they are stored. Nothing here knows where the fact was found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from graph.errors import InvalidQuestion
from graph.model.base import Entity, Property, Relationship
from graph.select import clearance, shaping
from graph.select.clearance import Bound, Told
from graph.select.statement import (
    Expression,
    Shaper,
    Statement,
    all_kinds,
    all_roles,
    has_history,
    kind_of,
    name,
    own_property,
    relationship_of,
)
from graph.select.tree import Common, Constant, Part, Seen

STORED = {Common.MARKING: "tlp"}
"""Common properties that are stored under another name."""


@dataclass
class Subject:
    """A node or relationship in the statement's scope: its variable and what may be there.

    `told` is what readable answers tell of it. `former` is the expression that gives what holds its values at the
    moment asked about; `values` is where they are read: a variable once bound, else that expression. `is_used` tells
    whether anything was read there. `is_cleared` is the statement's.
    """

    variable: str
    at: str
    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    ends: tuple[str, str] = ("", "")
    values: str = ""
    is_cleared: bool = True
    told: Told = field(default_factory=lambda: Told(""))
    is_used: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        if not self.told.n:
            self.told = Told(self.variable, self.near)
        self.values = self.values or (self.former() if self.at else self.variable)

    @property
    def is_entity(self) -> bool:
        """Whether it is an entity, not a relationship."""
        return not self.types

    @property
    def near(self) -> str:
        """The entity that a relationship starts from; empty for an entity."""
        return self.ends[0]

    @property
    def declared(self) -> type[Entity] | type[Relationship] | None:
        """The declaration, where only one kind or type may be there."""
        if self.is_entity:
            return kind_of(self.kinds[0]) if len(self.kinds) == 1 else None
        return relationship_of(self.types[0]) if len(self.types) == 1 else None

    def former(self) -> str:
        """The node or relationship that has the values of the moment."""
        n = self.variable
        if self.is_entity:
            pattern = f"({n})-[:WAS]->(_former:Version)"
        else:
            start, end = self.ends
            # Planning takes time for each type named; only former states have the id and a `from`.
            only = f":WAS_{name(self.types[0])}" if len(self.types) == 1 else ""
            pattern = f"({start})-[_former{only} {{id: {n}.id}}]->({end})"
        then = f"_former.from <= {self.at} AND {self.at} < _former.until"
        found = f"head(COLLECT {{ MATCH {pattern} WHERE {then} RETURN _former }})"
        text = f"CASE WHEN {n}.changed_at IS NULL OR {n}.changed_at <= {self.at} THEN {n} ELSE {found} END"
        return clearance.former(n, text, is_cleared=self.is_cleared)

    def own(self, declared: Property) -> str:
        """A declared property's stored value."""
        if not self.at or not has_history(declared):
            return f"{self.variable}.`{name(declared.name)}`"
        self.is_used = True
        source = self.values if self.values.isidentifier() else f"({self.values})"
        return f"{source}.`{name(declared.name)}`"


def subject_at(
    statement: Statement,
    variable: str,
    kinds: tuple[str, ...] = (),
    types: tuple[str, ...] = (),
    ends: tuple[str, str] = ("", ""),
) -> Subject:
    """The entity of `kinds`, or the relationship of `types` between `ends`, at `variable`."""
    return Subject(variable, statement.at, kinds, types, ends, is_cleared=statement.is_cleared)


def holds(statement: Statement, told: Told, at: str) -> str:
    """The predicate that a fact holds (null counts as false)."""
    if not at:
        return f"{told.n}.holds_since IS NOT NULL"
    return clearance.held(statement, told, held(told.n, at), at)


def held(n: str, at: str) -> str:
    """The predicate that a fact held at the moment `at`, as the fact itself says."""
    return (
        f"({n}.holds_since <= {at} OR any(_span IN range(0, size(coalesce({n}.past, [])) - 3, 3)"
        f" WHERE {n}.past[_span] <= {at} AND {at} < {n}.past[_span + 2]))"
    )


def known(statement: Statement, told: Told, *, include_closed: bool) -> str:
    """The predicate that a fact belongs into a list: it holds or, where closed ones count, was known by then."""
    if not include_closed:
        return holds(statement, told, statement.at)
    return known_by(statement, told) if statement.at else "true"


def known_by(statement: Statement, told: Told) -> str:
    """The predicate that a fact had been observed by the moment asked about."""
    return f"{clearance.first_seen(statement, told)} <= {statement.at}"


def last_seen(statement: Statement, subject: Subject) -> str:
    """When it was last confirmed: at a moment, the end of the last interval begun by then.

    What was only looked at has no interval; when that was stands in its place.
    """
    n, at = subject.variable, subject.at
    if not at:
        return clearance.last_seen(statement, subject.told, f"{n}.last_seen")
    closed = (
        f"head([_span IN range(size(coalesce({n}.past, [])) - 3, 0, -3) WHERE {n}.past[_span] <= {at}"
        f" | CASE WHEN {n}.past[_span + 1] <= {at} THEN {n}.past[_span + 1] ELSE {at} END])"
    )
    current = f"CASE WHEN {n}.last_seen <= {at} THEN {n}.last_seen ELSE {at} END"
    text = f"coalesce(CASE WHEN {n}.holds_since <= {at} THEN {current} ELSE {closed} END, {n}.last_seen)"
    return clearance.last_seen(statement, subject.told, text, at)


def changed_at(statement: Statement, n: str, at: str) -> str:
    """When its values last changed; at a moment, only if by then."""
    text = f"CASE WHEN {n}.changed_at <= {at} THEN {n}.changed_at END" if at else f"{n}.changed_at"
    return clearance.former(n, text, is_cleared=statement.is_cleared)


def confidence(statement: Statement, told: Told) -> str:
    """How sure it is: the complement of the product of its claims' doubts, to as many places as doubts have."""
    return f"round(1 - exp(-{clearance.doubt(statement, told)} / 1000000.0), 6)"


def kind_name(statement: Statement, subject: Subject) -> str:
    """The kind's name of an entity that may be of several kinds."""
    labels = statement.names(all_kinds())
    return f"head([_label IN labels({subject.variable}) WHERE _label IN {labels}])"


def roles(statement: Statement, n: str) -> str:
    """The labels that follow from the key."""
    labels = statement.names(all_roles())
    return f"[_label IN {labels} WHERE _label IN labels({n})]"


def _read_kind(statement: Statement, subject: Subject) -> Expression:
    if len(subject.kinds) == 1:
        return Expression("null", shaping.constant(subject.kinds[0]))
    return Expression(kind_name(statement, subject))


def _read_type(statement: Statement, subject: Subject) -> Expression:  # noqa: ARG001 - one of a table
    if len(subject.types) == 1:
        return Expression("null", shaping.constant(subject.types[0]))
    return Expression(f"type({subject.variable})")


_READERS: dict[str, Callable[[Statement, Subject], Expression]] = {
    Common.HOLDS: lambda st, s: Expression(f"coalesce({holds(st, s.told, s.at)}, false)"),
    Common.FIRST_SEEN: lambda st, s: Expression(f"toString({clearance.first_seen(st, s.told)})"),
    Common.LAST_SEEN: lambda st, s: Expression(f"toString({last_seen(st, s)})"),
    Common.CHANGED_AT: lambda st, s: Expression(f"toString({changed_at(st, s.variable, s.at)})"),
    Common.CONFIDENCE: lambda st, s: Expression(confidence(st, s.told)),
    Common.SUPPORTS: lambda st, s: Expression(clearance.supports(st, s.told)),
    Common.TAGS: lambda _, s: Expression(f"coalesce({s.variable}.tags, [])"),
    Common.MARKING: lambda _, s: Expression(f"{s.variable}.tlp"),
    Common.ROLES: lambda st, s: Expression(roles(st, s.variable)),
    Common.KIND: _read_kind,
    Common.TYPE: _read_type,
}
_PLAIN = {Common.ID, Common.KEY, Common.CAPTION}


def read(statement: Statement, subject: Subject, property_name: str) -> Expression:
    """What gives a common or own property in an answer."""
    if property_name in _PLAIN:
        return Expression(f"{subject.variable}.{property_name}")
    reader = _READERS.get(property_name)
    if reader is not None:
        return reader(statement, subject)
    return Expression(shown(subject, own_property(subject.declared, property_name)))


def shown(subject: Subject, declared: Property) -> str:
    """An own property as the answer has it: moments as text, absent lists empty."""
    value = subject.own(declared)
    if declared.is_list:
        value = f"coalesce({value}, [])"
        return (
            f"[_moment IN {value} | toString(_moment)]"
            if declared.python_type is datetime
            else value
        )
    return f"toString({value})" if declared.python_type is datetime else value


def compared(statement: Statement, subject: Subject, property_name: str) -> str:
    """What a common or own property is compared by in a condition."""
    n = subject.variable
    special = {
        Common.HOLDS: lambda: f"coalesce({holds(statement, subject.told, subject.at)}, false)",
        Common.FIRST_SEEN: lambda: clearance.first_seen(statement, subject.told),
        Common.LAST_SEEN: lambda: last_seen(statement, subject),
        Common.CHANGED_AT: lambda: changed_at(statement, n, subject.at),
        Common.CONFIDENCE: lambda: confidence(statement, subject.told),
        Common.SUPPORTS: lambda: clearance.supports(statement, subject.told),
        Common.KIND: lambda: kind_name(statement, subject),
        Common.ROLES: lambda: roles(statement, n),
    }.get(property_name)  # type: ignore[call-overload]
    if special is not None:
        return str(special())
    if property_name in set(Common):
        return f"{n}.{STORED.get(property_name, property_name)}"  # type: ignore[call-overload]
    return subject.own(own_property(subject.declared, property_name))


def seen(statement: Statement, subject: Subject, told: Bound, wanted: Seen) -> Expression:
    """The intervals, oldest first."""
    n, at = subject.variable, subject.at
    closed = _shown(f"{n}.past[_span]", f"{n}.past[_span + 1]", f"{n}.past[_span + 2]", at)
    current = _shown(f"{n}.holds_since", f"{n}.last_seen", "null", at)
    begun = f" WHERE {n}.past[_span] <= {at}" if at else ""
    now = f"{n}.holds_since <= {at}" if at else f"{n}.holds_since IS NOT NULL"
    text = (
        f"[_span IN range(0, size(coalesce({n}.past, [])) - 3, 3){begun} | {closed}]"
        f" + CASE WHEN {now} THEN [{current}] ELSE [] END"
    )
    span = _shown("_span[0]", "_span[1]", "_span[2]", at)
    only = f"_span[0] <= {at}" if at else ""
    shown = clearance.intervals(statement, told, text, span, only)
    return Expression(shown, shaping.each(_interval(wanted)))


def _shown(start: str, last: str, end: str, at: str) -> str:
    """An interval as it looked at the moment."""
    shown_end = f"CASE WHEN {end} <= {at} THEN toString({end}) END" if at else f"toString({end})"
    return f"[toString({start}), {_cut(last, at)}, {'null' if end == 'null' else shown_end}]"


def _cut(moment: str, at: str) -> str:
    return (
        f"toString(CASE WHEN {moment} <= {at} THEN {moment} ELSE {at} END)"
        if at
        else f"toString({moment})"
    )


def _interval(wanted: Seen) -> Shaper:
    places = {"from": 0, "to": 1, "ended": 2}
    reads: list[tuple[str, int, object]] = []
    for part in wanted.fields:
        if isinstance(part, Constant):
            reads.append((part.alias, -1, part.value))
        elif isinstance(part, Part) and part.name in places:
            reads.append((part.alias, places[part.name], None))
        else:
            raise InvalidQuestion(f"an interval has no {part.name!r}")
    return lambda row: {alias: fixed if place < 0 else row[place] for alias, place, fixed in reads}
