"""The paths from a rule's subject to everything its statement reads, in the order of the text.

From them follows whom a change concerns: each entity on a path leads back to the subjects whose
result may be different now. A statement whose patterns do not hang together is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from graph.correlate.statement import Edge, Node, Statement
from graph.model.registry import kinds, relationship_types

SUBJECT = "subject"
TURNED = {"->": "<-", "<-": "->", "--": "--"}
ANY_KIND = "Entity"

# What the write path keeps about its answers; rules may read it, but no entity hides behind it.
PROVENANCE_LABELS = frozenset({"Observation", "Claim", "Run", "Evidence"})
PROVENANCE_TYPES = frozenset({"OF", "PRODUCED", "REPEATS", "IN", "EVIDENCED_BY", "REACHED"})

# What is concluded from facts and kept without a claim of its own, with what it says: it is there only as long as it
# holds, and is no link of a finding.
CONCLUDED = {"SIMILAR_TO": frozenset({"ways", "score", "reason"})}


def written(types: Iterable[str], arrow: str) -> str:
    """A relationship of some types as Cypher writes it between two nodes."""
    left, right = {"->": ("-", "->"), "<-": ("<-", "-"), "--": ("-", "-")}[arrow]
    return f"{left}[:{'|'.join(types)}]{right}"


@dataclass(frozen=True)
class Hop:
    """One step away from the subject: along which relationships, how often, to which kinds."""

    types: tuple[str, ...]
    arrow: str  # "->", "<-" or "--"
    repeats: tuple[int, int] | None
    kinds: tuple[str, ...]

    def __str__(self) -> str:
        times = f"{{{self.repeats[0]},{self.repeats[1]}}}" if self.repeats else ""
        return f"{written(self.types, self.arrow)}{times}({'|'.join(self.kinds)})"

    @property
    def is_provenance(self) -> bool:
        """Whether it leads to a record of collecting."""
        return bool(PROVENANCE_LABELS.intersection(self.kinds))


@dataclass(frozen=True)
class Path:
    """Steps from the subject's kind."""

    subject: str
    hops: tuple[Hop, ...] = ()

    def __str__(self) -> str:
        return f"({self.subject}){''.join(map(str, self.hops))}"

    def __add__(self, hop: Hop) -> Path:
        return Path(self.subject, (*self.hops, hop))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of entity at its end."""
        return self.hops[-1].kinds if self.hops else (self.subject,)

    def prefixes(self) -> Iterator[Path]:
        """The path and every shorter one, the subject alone included."""
        for length in range(len(self.hops), -1, -1):
            yield Path(self.subject, self.hops[:length])


def opening(kind: str) -> str:
    """How every rule begins: from ids that it is given, by the one index that serves all kinds.

    A role may be put to the kind, as in `:Entity&DomainName&Apex`.
    """
    return (
        "UNWIND $touched AS id\n"
        f"MATCH (subject:Entity&{kind} {{id: id, org: $org}})\n"
        "USING INDEX subject:Entity(id)"
    )


def subject_kind(statement: Statement) -> str:
    """The kind of the subject, from the node of the first MATCH. Raises InvalidRule."""
    node = statement.opening_node()
    found = [label for label in node.labels if label in kinds()]
    if node.name != SUBJECT or ANY_KIND not in node.labels or len(found) != 1:
        raise statement.error(node.at, f"a rule begins with\n{opening('<Kind>')}")
    return found[0]


def subject_role(statement: Statement) -> str:
    """The role that each subject has to have, such as Apex; empty where any of the kind will do. Raises InvalidRule."""
    node, kind = statement.opening_node(), subject_kind(statement)
    named = [label for label in node.labels if label not in (ANY_KIND, kind)]
    possible = kinds()[kind].possible_roles
    if len(named) > 1 or not set(named) <= set(possible):
        known = f"one of {', '.join(possible)}" if possible else "none"
        raise statement.error(
            node.at, f"a {kind} has {known} as its role, not {' or '.join(named)}"
        )
    return "".join(named)


def needed_hops(statement: Statement) -> tuple[Hop, ...]:
    """The hops from the subject that every row has to take: of patterns that stand in a MATCH of the statement itself.

    Every WITH carries the subject, so that none of these is left without a match by what comes later.
    """
    places = statement.clauses("MATCH")
    found = []
    for edge in statement.edges():
        is_needed = any(start <= edge.at < end for start, end in places)
        if not is_needed or (edge.repeats and edge.repeats[0] == 0):
            continue
        if edge.left.name == SUBJECT:
            found.append(Hop(edge.types, edge.arrow, None, (ANY_KIND,)))
        elif edge.right.name == SUBJECT:
            found.append(Hop(edge.types, TURNED[edge.arrow], None, (ANY_KIND,)))
    return tuple(dict.fromkeys(found))


def read_paths(statement: Statement) -> tuple[Path, ...]:
    """The longest paths of the statement, in the order of the text. Raises InvalidRule."""
    subject = subject_kind(statement)
    edges = statement.edges()
    kinds_of = introduced(statement, subject, edges)
    reached: dict[object, Path] = {SUBJECT: Path(subject)}
    found: list[Path] = []
    waiting = edges
    while waiting:
        left_over = [e for e in waiting if not _follow(statement, e, kinds_of, reached, found)]
        if len(left_over) == len(waiting):
            raise statement.error(
                left_over[0].at, "this pattern is not connected with the subject by any path"
            )
        waiting = left_over
    return longest(found or [Path(subject)])


def common_paths(paths: Iterable[Path], shared: Set[str]) -> tuple[Path, ...]:
    """The paths to the lists of what is common that may carry entities of the kinds `shared`."""
    on_list = Hop(("LISTED_IN",), "->", None, ("Feed",))
    found = (
        prefix + on_list
        for path in paths
        for prefix in path.prefixes()
        if not shared.isdisjoint(prefix.kinds) and not any(h.is_provenance for h in prefix.hops)
    )
    return tuple(dict.fromkeys(found))


def longest(paths: Iterable[Path]) -> tuple[Path, ...]:
    """`paths` without those that another one continues, each once."""
    unique = list(dict.fromkeys(paths))
    return tuple(
        p for p in unique if not any(q != p and q.hops[: len(p.hops)] == p.hops for q in unique)
    )


def _identity(node: Node) -> object:
    return node.name or node.at


def introduced(
    statement: Statement, subject: str, edges: Iterable[Edge]
) -> dict[object, tuple[str, ...]]:
    """The kinds of every node of a pattern; each name is given its kind once."""
    found: dict[object, tuple[str, ...]] = {SUBJECT: (subject,)}
    places: dict[object, int] = {SUBJECT: statement.opening_node().at}
    for node in (n for e in edges for n in (e.left, e.right)):
        who = _identity(node)
        if not node.labels or places.get(who) == node.at:
            continue
        if who in found:
            raise statement.error(
                node.at, f"{node.name!r} was given its kind before; call this one by another name"
            )
        found[who], places[who] = _entity_kinds(statement, node), node.at
    return found


def _entity_kinds(statement: Statement, node: Node) -> tuple[str, ...]:
    known = kinds()
    roles = {role for kind in known.values() for role in kind.possible_roles}
    named = []
    for label in node.labels:
        if label in known or label in PROVENANCE_LABELS:
            named.append(label)
        elif label != ANY_KIND and label not in roles:
            raise statement.error(node.at, f"there is no kind of entity called {label}")
    return tuple(named) or (ANY_KIND,)


def _follow(
    statement: Statement,
    edge: Edge,
    kinds_of: dict[object, tuple[str, ...]],
    reached: dict[object, Path],
    found: list[Path],
) -> bool:
    """Add the path along `edge` if one of its ends is reached; tells whether it was."""
    _check_types(statement, edge)
    for node in (edge.left, edge.right):
        if _identity(node) not in kinds_of:
            raise statement.error(
                node.at, f"say of which kind {node.name or 'this node'} is: `(name:Kind)`"
            )
    left, right = _identity(edge.left), _identity(edge.right)
    if left in reached:
        start, end, arrow = left, right, edge.arrow
    elif right in reached:
        start, end, arrow = right, left, TURNED[edge.arrow]
    else:
        return False
    path = reached[start] + Hop(edge.types, arrow, edge.repeats, kinds_of[end])
    found.append(path)
    reached.setdefault(end, path)
    return True


def _check_types(statement: Statement, edge: Edge) -> None:
    known = PROVENANCE_TYPES.union(relationship_types(), CONCLUDED)
    for name in edge.types:
        if name not in known:
            raise statement.error(edge.at, f"there is no relationship called {name}")
