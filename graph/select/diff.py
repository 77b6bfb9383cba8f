"""The difference of two moments: for each way of differing, a page of the entities and relationships that do.

Every fact of the organization has to be looked at, whatever the page, so the cost follows the size of its graph. They
are looked at once for all pages: the database plans every mention of a fact's tests, which takes it longer than a
small graph does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from graph.errors import InvalidQuestion
from graph.model import registry
from graph.model.base import Declared
from graph.select import clearance, findings, rows, shaping
from graph.select.clearance import Bound, Told, also, bind, may_read, may_read_run
from graph.select.conditions import in_labels
from graph.select.cursors import Order
from graph.select.facts import Subject, changed_at, holds, kind_name, subject_at
from graph.select.paging import Key, PageText, Sorting, Wanted, connection, limit_of
from graph.select.scope import Scope
from graph.select.statement import (
    Expression,
    Statement,
    all_kinds,
    camel_case,
    has_history,
)
from graph.select.tree import (
    Difference,
    Differing,
    Field,
    Nested,
    Node,
    Part,
    Value,
)

FROM, TO = "_from", "_to"
HELD_AT_BOTH = ("changed", "not_rechecked")
_ENTITY, _LINK = "_fact", "_link"
_WAYS = "_ways"
OF_FINDINGS = (findings.OPENED, findings.CLEARED)


@dataclass(frozen=True)
class _Found:
    """The facts that differ, as the statement has them bound: by each of `ways`, its number in the list `_WAYS`.

    A member is a way's facts in their order, each `[rank, id, fact]`; of the ways not in `shown`, their number.
    """

    ways: tuple[str, ...]
    shown: frozenset[str]

    def of(self, way: str) -> str:
        """What there is of a way."""
        return f"{_WAYS}[{self.ways.index(way)}]"

    def total(self, way: str) -> str:
        """How many facts differ so."""
        return f"size({self.of(way)})" if way in self.shown else self.of(way)

    @property
    def gathered(self) -> str:
        """What makes the list of rows that have `_way`, `_rank`, `_id` and `_what`, in the order of facts."""
        parts = (
            f"collect(CASE _way WHEN {number} THEN [_rank, _id, _what] END)"
            if way in self.shown
            else f"count(CASE _way WHEN {number} THEN 1 END)"
            for number, way in enumerate(self.ways)
        )
        return f"[{', '.join(parts)}]"


def difference(statement: Statement, root: Difference) -> tuple[str, Expression]:
    """What differs; no row where a run is unknown."""
    statement.at = TO
    pages = [
        each for each in root.fields if isinstance(each, Differing) and each.name not in OF_FINDINGS
    ]
    found = _Found(
        tuple(dict.fromkeys(each.name for each in pages)),
        frozenset(each.name for each in pages if Wanted(each.fields).needs_rows),
    )
    made = rows.row(root.fields, lambda field: _field(statement, root, found, field))
    bound = _facts(statement, root, found) if found.ways else ""
    start, end = statement.use(root.start), statement.use(root.end)
    if root.is_of_runs:
        head = (
            f"MATCH (_first:Run {{id: {start}}}) WHERE _first.org = $org"
            f"{also(may_read_run(statement, '_first'))}"
            f" MATCH (_second:Run {{id: {end}}}) WHERE _second.org = $org"
            f"{also(may_read_run(statement, '_second'))}"
            f" WITH _first, _second, coalesce(_first.ended_at, datetime()) AS {FROM},"
            f" coalesce(_second.ended_at, datetime()) AS {TO}"
        )
    else:
        head = f"WITH {start} AS {FROM}, {end} AS {TO}"
    return f"{head}{bound} RETURN {made.text} AS value", made


def _field(statement: Statement, root: Difference, found: _Found, wanted: Field) -> Expression:
    if isinstance(wanted, Part) and wanted.name in ("from", "to"):
        return Expression(f"toString({FROM if wanted.name == 'from' else TO})")
    if isinstance(wanted, Differing):
        if wanted.name in OF_FINDINGS:
            return _findings(statement, root, wanted)
        return _page(statement, found, wanted)
    raise InvalidQuestion(f"a difference has no {wanted.alias!r}")


def _page(statement: Statement, found: _Found, wanted: Differing) -> Expression:
    scope = Scope(statement, depth=1)
    asked = Wanted(wanted.fields)
    sorting = Sorting(Order.DIFF, (Key("_row[0]"), Key("_row[1]")))
    columns = [
        rows.row(each.fields, lambda field: _item(scope, wanted.name, field))
        for each in asked.edge_fields
    ]
    facts = found.of(wanted.name)
    if wanted.page.after is not None:
        facts = f"[_row IN {facts} WHERE {sorting.behind(statement, wanted.page.after)}]"
    # They are in order already. To sort them here, each row would be reckoned to need as much room as all of them.
    text = (
        f"COLLECT {{ UNWIND {facts}[..{limit_of(statement, wanted.page, asked)}] AS _row"
        " WITH *, CASE _row[0] WHEN 0 THEN _row[2] END AS n1, CASE _row[0] WHEN 1 THEN _row[2] END AS r1"
        f"{scope.clause} RETURN [{', '.join([*sorting.places(asked), *(each.text for each in columns)])}] }}"
    )
    return connection(
        statement, wanted.page, asked, PageText(sorting, columns, text, found.total(wanted.name))
    )


def _findings(statement: Statement, root: Difference, wanted: Differing) -> Expression:
    """The findings about entities of the asked kinds, or in the runs' scope. What is told of them is of now."""
    scope = Scope(statement.of_now(), depth=1)
    about = findings.subject_of(scope)
    tests = [] if root.kinds == all_kinds() else [in_labels(about, root.kinds)]
    if root.is_of_runs:
        tests.append(_is_reached(about))
    return findings.between(scope, (FROM, TO), tests, wanted)


def _is_reached(n: str) -> str:
    """The predicate that either run had an entity in scope."""
    return f"EXISTS {{ MATCH ({n})<-[:REACHED]-(_either:Run) WHERE _either = _first OR _either = _second }}"


def _facts(statement: Statement, root: Difference, found: _Found) -> str:
    """The clauses that bind the facts that differ, by their ways, as `_Found` describes."""
    entities = f"MATCH ({_ENTITY}:Entity) WHERE {_ENTITY}.org = $org AND {_ENTITY}.key IS NOT NULL"
    entities += also(may_read(statement, _ENTITY))
    if root.kinds != all_kinds():
        entities += f" AND {in_labels(_ENTITY, root.kinds)}"
    if root.is_of_runs:
        entities += f" AND {_is_reached(_ENTITY)}"
    # Former states have no `first_seen`. Naming all types would say the same, at the price of planning for each.
    links = f"MATCH ({_ENTITY})-[{_LINK}]->(_far:Entity) WHERE {_LINK}.first_seen IS NOT NULL AND {_LINK}.org = $org"
    links += also(may_read(statement, _LINK, "_far"))
    imported = f"{FROM}, {TO}, _first, _second" if root.is_of_runs else f"{FROM}, {TO}"
    differing = (
        f"CALL ({imported}) {{ {entities}{_differs(statement, _entity(statement), found.ways)}"
        f" RETURN _way, 0 AS _rank, {_ENTITY}.id AS _id, {_ENTITY} AS _what"
        f" UNION ALL {entities} {links}{_differs(statement, _link(statement), found.ways)}"
        f" RETURN _way, 1 AS _rank, {_LINK}.id AS _id, {_LINK} AS _what }}"
    )
    in_order = " WITH * ORDER BY _rank, _id" if found.shown else ""
    return f" WITH *, head(COLLECT {{ {differing}{in_order} RETURN {found.gathered} }}) AS {_WAYS}"


def _entity(statement: Statement, variable: str = _ENTITY) -> Subject:
    return subject_at(statement, variable, kinds=all_kinds())


def _link(
    statement: Statement, variable: str = _LINK, ends: tuple[str, str] = (_ENTITY, "_far")
) -> Subject:
    types = tuple(registry.relationship_types())
    return subject_at(statement, variable, types=types, ends=ends)


def _differs(statement: Statement, fact: Subject, ways: Sequence[str]) -> str:
    """The clauses that give a row for each of the ways in which a fact differs: its number, `_way`."""
    told = Bound(fact.variable, fact.near)
    decided = {
        "_held": f"coalesce({holds(statement, told, FROM)}, false)",
        "_holds": f"coalesce({holds(statement, told, TO)}, false)",
    }
    if not set(ways) <= set(HELD_AT_BOTH):
        decided["_since"] = clearance.first_seen(statement, told)
    tests = [_test(statement, fact, told, way) for way in ways]
    numbers = ", ".join(f"CASE WHEN {test} THEN {number} END" for number, test in enumerate(tests))
    is_so = "_way IS NOT NULL"
    if "changed" in ways:
        # Former values are looked up behind everything that can be told without them.
        values = f"WITH [{_before(fact)}, {fact.former()}] AS _both"
        differing = _differing(statement, fact, "_both[0]", "_both[1]")
        is_so += f" AND (_way <> {ways.index('changed')} OR EXISTS {{ {values} WHERE size({differing}) > 0 RETURN 1 }})"
    return (
        f"{bind(told)} WITH *, {', '.join(f'{text} AS {name}' for name, text in decided.items())}"
        f" WHERE _held OR _holds UNWIND [{numbers}] AS _way WITH * WHERE {is_so}"
    )


def _test(statement: Statement, fact: Subject, told: Bound, way: str) -> str:
    """The predicate of a way of differing, where it is decided whether a fact `_held` and `_holds`.

    Whether values of it differ that changed is not looked at here.
    """
    match way:
        case "appeared":
            return f"_holds AND NOT _held AND _since > {FROM}"
        case "reappeared":
            return f"_holds AND NOT _held AND _since <= {FROM}"
        case "gone":
            return f"_held AND NOT _holds AND _since <= {FROM}"
        case "changed":
            return f"_held AND _holds AND {_changed_since(statement, fact)}"
        case "not_rechecked":
            return f"_held AND _holds AND {_not_restated(statement, fact, told)}"
    raise InvalidQuestion(f"nothing differs by being {way!r}")


def _changed_since(statement: Statement, fact: Subject) -> str:
    """The predicate that values of a fact changed after the earlier moment, as far as that is told."""
    return f"{changed_at(statement, fact.variable, '')} > {FROM}"


def _before(fact: Subject) -> str:
    """What has the values of the earlier moment."""
    return replace(fact, at=FROM, values="").former()


def _differing(statement: Statement, fact: Subject, before: str, after: str) -> str:
    """Name, value before and value after of each property that differs, by the names of the API."""
    histories = statement.use(Value(constant=_histories(is_entity=fact.is_entity)))
    what = kind_name(statement, fact) if fact.is_entity else f"type({fact.variable})"
    return (
        f"[_name IN coalesce({histories}[{what}], []) WHERE {before}[_name] <> {after}[_name]"
        f" OR ({before}[_name] IS NULL) <> ({after}[_name] IS NULL) | [_name, {before}[_name], {after}[_name]]]"
    )


@cache
def _histories(*, is_entity: bool) -> Mapping[str, list[str]]:
    """The properties that have a history, by kind or relationship type."""
    declared: Mapping[str, type[Declared]] = (
        registry.kinds() if is_entity else registry.relationship_types()
    )
    return {
        name: sorted((n for n, p in each.properties().items() if has_history(p)), key=camel_case)
        for name, each in declared.items()
    }


def _not_restated(statement: Statement, fact: Subject, told: Told) -> str:
    """Whether no answer between the moments stated the fact: its last confirmation decides, unless it came later."""
    n = fact.variable
    last = clearance.last_seen(statement, told, f"{n}.last_seen")
    readable = also(may_read(statement, "_stated"))
    states = "" if fact.is_entity else f" AND {n}.id IN _stated.relationships"
    between = f"{FROM} < _again.ended_at AND _again.ended_at <= {TO} AND _again.outcome = 'FOUND'"
    stated = (
        f"EXISTS {{ MATCH ({fact.near or n})<-[:PRODUCED]-(_stated:Observation)"
        f" WHERE _stated.org = $org{states}{readable}"
        f" MATCH (_stated)<-[:REPEATS]-{{0,1}}(_again:Observation) WHERE {between} }}"
    )
    return f"({last} <= {FROM} OR ({last} > {TO} AND NOT {stated}))"


def _item(scope: Scope, way: str, wanted: Field) -> Expression:
    match wanted:
        case Part(name="cursor"):
            return Expression("null")
        case Node(name="entity"):
            return _unless_null("n1", rows.entity(scope, "n1", wanted.shape))
        case Nested(name="link"):
            types = tuple(registry.relationship_types())
            return _unless_null("r1", rows.link(scope, "r1", types, wanted.fields))
        case Nested(name="changes"):
            return _changes(scope, wanted) if way in HELD_AT_BOTH else Expression("[]")
    raise InvalidQuestion(f"what differs has no {wanted.alias!r}")


def _unless_null(variable: str, made: Expression) -> Expression:
    shape = made.shape

    def build(value: Any) -> Any:
        return None if value is None or shape is None else shape(value)

    return Expression(f"CASE WHEN {variable} IS NOT NULL THEN {made.text} END", build)


def _changes(scope: Scope, wanted: Nested) -> Expression:
    """Which values differ of a fact that held at both moments."""
    ends = scope.bind("r1s", "startNode(r1)"), scope.bind("r1e", "endNode(r1)")
    statement = scope.statement
    facts = (_entity(statement, "n1"), _link(statement, "r1", ends))
    cases = "".join(_case(scope, each) for each in facts)
    places = {
        "property": "_change[0]",
        "before": _plain("_change[1]"),
        "after": _plain("_change[2]"),
    }

    def render(field: Field) -> Expression:
        if not isinstance(field, Part) or field.name not in places:
            raise InvalidQuestion(f"a change has no {field.alias!r}")
        return Expression(places[field.name], camel_case if field.name == "property" else None)

    made = rows.row(wanted.fields, render)
    return Expression(
        f"[_change IN CASE{cases} ELSE [] END | {made.text}]", shaping.each(made.shape)
    )


def _case(scope: Scope, fact: Subject) -> str:
    n = fact.variable
    before = scope.bind(f"{n}b", _before(fact))
    after = scope.bind(f"{n}v", fact.former())
    differing = _differing(scope.statement, fact, before, after)
    return f" WHEN {_changed_since(scope.statement, fact)} THEN {differing}"


def _plain(value: str) -> str:
    """A value of any type; moments as text."""
    return f"CASE WHEN valueType({value}) STARTS WITH 'ZONED DATETIME' THEN toString({value}) ELSE {value} END"
