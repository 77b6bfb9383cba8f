"""Conditions as Cypher predicates.

Absent values compare false, and `not` is the plain complement. Cypher's own logic has a third value, which does not
matter where all is joined by AND and OR; below a NOT each comparison is therefore made two-valued.
"""

from __future__ import annotations

from graph.errors import InvalidQuestion
from graph.model.base import Entity, Relationship
from graph.select.clearance import Told, may_read
from graph.select.facts import Subject, compared, holds, subject_at
from graph.select.statement import Statement, any_of, far_kinds, name, own_property
from graph.select.tree import All as AllOf
from graph.select.tree import (
    AnyOf,
    Common,
    Compare,
    Condition,
    Has,
    Not,
    Operator,
    Way,
)

_INFIX = {
    Operator.EQ: "=",
    Operator.NE: "<>",
    Operator.IN: "IN",
    Operator.GT: ">",
    Operator.GTE: ">=",
    Operator.LT: "<",
    Operator.LTE: "<=",
    Operator.STARTS_WITH: "STARTS WITH",
    Operator.ENDS_WITH: "ENDS WITH",
    Operator.CONTAINS: "CONTAINS",
}


def predicate(
    statement: Statement,
    subject: Subject,
    condition: Condition,
    depth: int,
    *,
    negated: bool = False,
) -> str:
    """The predicate for `condition` on `subject`; empty where it is always true. `depth` keeps variables apart."""
    match condition:
        case AllOf(of):
            return _joined(statement, subject, of, depth, " AND ", negated)
        case AnyOf(of):
            return _joined(statement, subject, of, depth, " OR ", negated) if of else "false"
        case Not(of):
            inner = predicate(statement, subject, of, depth, negated=True)
            return f"NOT ({inner})" if inner else "false"
        case Compare():
            text = _comparison(statement, subject, condition)
            return f"coalesce({text}, false)" if negated else text
    return _related(statement, subject, condition, depth)


def _joined(
    statement: Statement,
    subject: Subject,
    of: tuple[Condition, ...],
    depth: int,
    word: str,
    negated: bool,
) -> str:
    parts = [predicate(statement, subject, each, depth, negated=negated) for each in of]
    if word == " OR " and not all(parts):
        return ""
    parts = [part for part in parts if part]
    if len(parts) < 2:
        return "".join(parts)
    return f"({word.join(parts)})"


def _comparison(statement: Statement, subject: Subject, condition: Compare) -> str:
    left = compared(statement, subject, condition.name)
    is_list = _is_list(subject, condition.name)
    match condition.operator:
        case Operator.IS_ABSENT:
            return f"size(coalesce({left}, [])) = 0" if is_list else f"{left} IS NULL"
        case Operator.IS_PRESENT:
            return f"size(coalesce({left}, [])) > 0" if is_list else f"{left} IS NOT NULL"
    right = statement.use(condition.value)
    match condition.operator:
        case Operator.HAS:
            return f"{right} IN coalesce({left}, [])"
        case Operator.HAS_ANY:
            return f"any(_item IN coalesce({left}, []) WHERE _item IN {right})"
    return f"{left} {_INFIX[condition.operator]} {right}"


def _is_list(subject: Subject, property_name: str) -> bool:
    if property_name in (Common.TAGS, Common.ROLES):
        return True
    if property_name in set(Common):
        return False
    return own_property(subject.declared, property_name).is_list


def _related(statement: Statement, subject: Subject, condition: Has, depth: int) -> str:
    if not subject.is_entity:
        raise InvalidQuestion("only entities have relationships to ask for")
    r, m = f"_r{depth}", f"_m{depth}"
    far = subject_at(statement, m, kinds=far_kinds(condition.type, condition.way))
    wanted = predicate(statement, far, condition.where, depth + 1)
    parts = [
        holds(statement, Told(r, subject.variable), statement.at),
        f"{r}.org = $org",
        f"{m}.org = $org",
        *may_read(statement, r, m),
        *([wanted] if wanted else []),
    ]
    pattern = hop(subject.variable, r, condition.type, condition.way, m)
    return f"EXISTS {{ MATCH {pattern} WHERE {' AND '.join(parts)} }}"


def hop(n: str, r: str, type_name: str, way: Way, m: str) -> str:
    """The pattern of one relationship of a type that leaves or reaches `n`."""
    return (
        f"({n})-[{r}:{name(type_name)}]->({m})"
        if way == "OUT"
        else f"({n})<-[{r}:{name(type_name)}]-({m})"
    )


def in_labels(n: str, kinds: tuple[str, ...]) -> str:
    """The predicate that a node is of one of `kinds`."""
    return f"{n}:{any_of(kinds)}"


__all__ = ["Entity", "Relationship", "hop", "in_labels", "predicate"]
