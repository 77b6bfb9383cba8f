"""Whether a statement can see one organization's graph only, told from the plan that Neo4j made of it. Pure.

What a plan finds comes in at its leaves and is followed along relationships. Relationships never leave an
organization, so a statement is bound to `$org` if every leaf looks for labels of collected data and each node
it finds is at once held against `org = $org`. Everything that is not known to be harmless is refused: other leaves
(procedures, files, element ids, counts), plans hidden inside expressions, other databases. The planner writes texts
and numbers of a statement as parameters, so nothing of it can pass for a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graph.errors import NotPermitted
from graph.model.registry import kinds, relationship_types

Plan = Mapping[str, Any]
"""A plan as the driver gives it: operatorType, args (Details), children."""

ORG = "$org"

# What collected data is made of, beside the kinds of the ontology.
OTHER_LABELS = frozenset(
    {"Entity", "Observation", "Claim", "Evidence", "Version", "Finding", "Note", "Scan", "Run"}
)
_SCANS = frozenset(
    {
        "NodeByLabelScan",
        "UnionNodeByLabelsScan",
        "IntersectionNodeByLabelsScan",
        "SubtractionNodeByLabelsScan",
    }
)
_SEEKS = frozenset(
    {
        "NodeIndexSeek",
        "NodeUniqueIndexSeek",
        "NodeIndexSeekByRange",
        "NodeUniqueIndexSeekByRange",
        "NodeIndexScan",
        "NodeIndexContainsScan",
        "NodeIndexEndsWithScan",
    }
)
# Operators that only work on what others found. Their names stand before "(", as in Expand(All).
_HARMLESS = frozenset(
    {
        "ProduceResults",
        "Projection",
        "Filter",
        "CacheProperties",
        "Argument",
        "EmptyRow",
        "EmptyResult",
        "Limit",
        "ExhaustiveLimit",
        "Skip",
        "Sort",
        "PartialSort",
        "Top",
        "PartialTop",
        "Distinct",
        "OrderedDistinct",
        "EagerAggregation",
        "OrderedAggregation",
        "Eager",
        "Unwind",
        "Union",
        "OrderedUnion",
        "Apply",
        "Optional",
        "SemiApply",
        "AntiSemiApply",
        "LetSemiApply",
        "LetAntiSemiApply",
        "SelectOrSemiApply",
        "SelectOrAntiSemiApply",
        "LetSelectOrSemiApply",
        "LetSelectOrAntiSemiApply",
        "ConditionalApply",
        "AntiConditionalApply",
        "RollUpApply",
        "CartesianProduct",
        "NodeHashJoin",
        "ValueHashJoin",
        "NodeLeftOuterHashJoin",
        "NodeRightOuterHashJoin",
        "AssertSameNode",
        "TriadicSelection",
        "TriadicBuild",
        "TriadicFilter",
        "Expand",
        "OptionalExpand",
        "VarLengthExpand",
        "ShortestPath",
        "StatefulShortestPath",
        "Repeat",
        "BidirectionalRepeat",
        "RepeatOptions",
        "ProjectEndpoints",
    }
)
_TYPE_SCANS = frozenset({"DirectedRelationshipTypeScan", "UndirectedRelationshipTypeScan"})
# Types of the ontology that accounts have, too (a user's keys): found by type alone, they could be either.
ALSO_OF_ACCOUNTS = frozenset({"HAS_KEY"})
OTHER_TYPES = frozenset(
    {"OF", "PRODUCED", "ABOUT", "RESTS_ON", "EVIDENCED_BY", "WAS", "REACHED", "RAN"}
)
_HIDDEN = re.compile(r"\b(COUNT|COLLECT|EXISTS)\s*\{|\bMATCH\b", re.IGNORECASE)
# Comparisons of a property with a parameter, and counts of relationships, are true, false or null.
_CANNOT_FAIL = re.compile(
    r"((cache\[)?\w+\.\w+\]? (=|<>|<|>|<=|>=|STARTS WITH|ENDS WITH|CONTAINS) \$\w+"
    r"|(cache\[)?\w+\.\w+\]? IS (NOT )?NULL|getDegree\(\(\w+\)[^()]*\(\)\) > 0"
    r"|\w+:[\w|&!]+|NOT \w+ = \w+)\Z"
)
_PATTERN = re.compile(r"\((\w+)\)<?-\[(\w+):([\w|]+)\]->?\((\w+)\)")
_NAMED = re.compile(r"(?:^|\s)(`(?:[^`]|``)+`|[^\s:`]+):([^\s(]+)")
_WORD = re.compile(r"`((?:[^`]|``)+)`|([^|&!():`\s]+)")


class NotBound(NotPermitted):
    """A statement of which it cannot be proven that it stays within the organization; the message says why."""

    code = "NOT_BOUND"


def prove(plan: Plan, database: str) -> None:
    """Raise NotBound, saying which part of the statement is in the way, unless the plan is bound to `$org`."""
    for operator, above in _walk(plan, ()):
        _refuse_unbound(operator, above, database)


def _walk(plan: Plan, above: tuple[Plan, ...]) -> Iterator[tuple[Plan, tuple[Plan, ...]]]:
    """Every operator with those above it, the nearest first."""
    yield plan, above
    for child in plan.get("children") or ():
        yield from _walk(child, (plan, *above))


def _refuse_unbound(operator: Plan, above: tuple[Plan, ...], database: str) -> None:
    name, _, where = str(operator["operatorType"]).partition("@")
    bare = name.partition("(")[0]
    details = _details(operator)
    if where != database:
        raise NotBound("it names another database")
    if _HIDDEN.search(details):
        raise NotBound(
            "a subquery inside an expression cannot be looked into; write it as a clause (CALL, OPTIONAL MATCH)"
        )
    if bare in _SCANS or bare in _SEEKS:
        variable, labels = _named(details)
        _refuse_foreign_labels(labels)
        if bare in _SCANS or "org = $org" not in _conditions(_sought(details)):
            _refuse_unfiltered(operator, frozenset({variable}), above)
    elif bare in _TYPE_SCANS:
        _refuse_unfiltered(operator, _ends(details), above)
    elif bare not in _HARMLESS:
        raise NotBound(
            f"it reads by {bare}; begin each pattern at a label with {{org: $org}} and follow relationships from there"
        )


def _refuse_unfiltered(leaf: Plan, variables: frozenset[str], above: tuple[Plan, ...]) -> None:
    """What a leaf finds must be held against the organization before anything is made of it.

    The planner may begin at the other end of a pattern. Then relationships are followed first, and since they never
    leave an organization, the condition on any node that was reached binds all of them.
    """
    reached, before = variables, leaf
    for operator in above:
        name = str(operator["operatorType"]).partition("@")[0]
        if name == "Filter":
            conditions = _conditions(_details(operator))
            if _is_bound(reached, conditions):
                return
            if not all(_CANNOT_FAIL.match(each) for each in conditions):
                break
        elif name.startswith("Expand("):
            reached |= _identifiers(operator) - _identifiers(before)
        elif name != "CacheProperties":
            break
        before = operator
    shown = " and ".join(sorted(variables))
    raise NotBound(f"{shown} may be anybody's; write {{org: $org}} into its pattern")


def _identifiers(operator: Plan) -> frozenset[str]:
    return frozenset(operator.get("identifiers") or ())


def _is_bound(variables: frozenset[str], conditions: list[str]) -> bool:
    """Whether the organization is among the conditions, behind none that could fail on somebody else's node.

    The planner puts them in the order of its liking, and an error tells of what it met.
    """
    own = {f"{each}.org = {ORG}" for each in variables}
    own |= {f"cache[{each}.org] = {ORG}" for each in variables}
    for condition in conditions:
        if condition in own:
            return True
        if not _CANNOT_FAIL.match(condition):
            return False
    return False


def _refuse_foreign_labels(labels: str) -> None:
    known = OTHER_LABELS | kinds().keys() | {r for k in kinds().values() for r in k.possible_roles}
    for quoted, plain in _WORD.findall(labels):
        label = quoted.replace("``", "`") or plain
        if label not in known:
            raise NotBound(f"{label[:100]} is not a label of collected data")


def _details(operator: Plan) -> str:
    return str((operator.get("args") or {}).get("Details", ""))


def _named(details: str) -> tuple[str, str]:
    """The variable and the labels that a leaf names, as in `RANGE INDEX n:DomainName(org, key) WHERE …`."""
    found = _NAMED.search(details)
    if found is None:
        raise NotBound("one of its patterns has no label; give each a label and {org: $org}")
    return found[1], found[2]


def _ends(details: str) -> frozenset[str]:
    """The variables of `(n)-[r:TYPE]->(m)`. Raises NotBound for types that are not of collected data."""
    found = _PATTERN.match(details)
    if found is None:
        raise NotBound("one of its relationships has no type that is of collected data")
    known = OTHER_TYPES | (relationship_types().keys() - ALSO_OF_ACCOUNTS)
    for type_name in found[3].split("|"):
        if type_name not in known:
            raise NotBound(f"{type_name[:100]} is not a relationship of collected data")
    return frozenset({found[1], found[4]})


def _sought(details: str) -> str:
    """What an index is asked for: behind WHERE, without what it reads along."""
    return details.partition(" WHERE ")[2].partition(", cache[")[0]


def _conditions(text: str) -> list[str]:
    """The parts that all must hold: cut at AND outside brackets and quotes; one part where OR stands among them."""
    parts, begin, depth, position = [], 0, 0, 0
    while position < len(text):
        char = text[position]
        if char in "`\"'":
            position = _behind_quote(text, position)
            continue
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and re.match(r" (OR|XOR) ", text[position : position + 5]):
            return [text]
        if depth == 0 and text.startswith(" AND ", position):
            parts.append(text[begin:position])
            position = begin = position + 5
            continue
        position += 1
    return [*parts, text[begin:]]


def _behind_quote(text: str, position: int) -> int:
    """The place behind a quoted part; the end where it is not closed."""
    end = text.find(text[position], position + 1)
    return len(text) if end < 0 else end + 1
