"""From what a write touched to the subjects whose results may be different now.

Each entity on a rule's paths leads back to the rule's subjects. The way back goes over closed
relationships, too: a result also changes when something ends. Beside `upsert` and `select` this is
the one place that makes query text, from names that the ontology declares and `paths` has checked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from graph.correlate.paths import ANY_KIND, Path
from graph.correlate.rules import Rule
from graph.store import Limits, Store

BRANCHES = 24  # paths walked by one statement: few round trips, plans of a bearable size
PAGE = 5_000
LIMITS = Limits(timeout_s=60.0)

_KINDS = """
UNWIND $touched AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org
RETURN collect([n.id, labels(n)])
"""


@dataclass(frozen=True)
class Touched:
    """What a write touched: entities that changed themselves, and ends of changed relationships.

    A list of ids that does not tell stands for both.
    """

    changed: frozenset[str]
    ends: frozenset[str] = frozenset()

    @classmethod
    def of(cls, ids: Iterable[str]) -> Touched:
        """Entities of which it is not known what changed."""
        found = frozenset(ids)
        return cls(found, found)

    @property
    def ids(self) -> frozenset[str]:
        """All of them."""
        return self.changed | self.ends


@dataclass(frozen=True)
class Anchor:
    """A way from an entity to subjects.

    At the far end of a path only the entity's own change counts: a change of its relationship is
    seen from the end that is nearer to the subject.
    """

    path: Path
    is_far_end: bool

    def matches(self, labels: Collection[str]) -> bool:
        """Whether an entity with these labels may stand at the path's end."""
        return ANY_KIND in self.path.kinds or not set(self.path.kinds).isdisjoint(labels)


def anchors(rule: Rule) -> frozenset[Anchor]:
    """The ways back to the rule's subjects. What provenance leads to is never touched itself."""
    inner = {p for path in rule.paths for p in path.prefixes() if p != path}
    return frozenset(
        Anchor(path, path not in inner)
        for whole in rule.paths
        for path in whole.prefixes()
        if not (path.hops and path.hops[-1].is_provenance)
    )


async def find_subjects(
    store: Store,
    org: str,
    touched: Touched,
    rules: Iterable[Rule],
    bookmarks: Collection[str] = (),
) -> dict[str, frozenset[str]]:
    """For each rule's id, the subjects whose result may have changed."""
    anchored = {rule.id: anchors(rule) for rule in rules}
    labels = dict(
        await store.read_single(
            _KINDS,
            {"touched": sorted(touched.ids), "org": org},
            limits=LIMITS,
            bookmarks=tuple(bookmarks),
        )
    )
    starts = {a: _starts(a, touched, labels) for found in anchored.values() for a in found}
    ways: dict[Path, set[str]] = defaultdict(set)
    for anchor, ids in starts.items():
        if anchor.path.hops and ids:
            ways[anchor.path] |= ids
    reached = await _walk(store, ways, tuple(bookmarks))
    return {
        rule: frozenset().union(
            *(_ends(anchor, starts[anchor], reached) for anchor in sorted(found, key=str))
        )
        for rule, found in anchored.items()
    }


def _starts(anchor: Anchor, touched: Touched, labels: Mapping[str, list[str]]) -> set[str]:
    among = touched.changed if anchor.is_far_end else touched.ids
    return {i for i in among if i in labels and anchor.matches(labels[i])}


def _ends(
    anchor: Anchor, starts: set[str], reached: Mapping[Path, frozenset[str]]
) -> Collection[str]:
    return reached.get(anchor.path, frozenset()) if anchor.path.hops else starts


async def _walk(
    store: Store, ways: Mapping[Path, set[str]], bookmarks: tuple[str, ...]
) -> dict[Path, frozenset[str]]:
    """Where each way leads. A few ways share a statement; its text depends on the ways alone."""
    ordered = sorted(ways, key=str)
    found: dict[Path, frozenset[str]] = {}
    for first in range(0, len(ordered), BRANCHES):
        part = ordered[first : first + BRANCHES]
        text = "\nUNION ALL\n".join(way_back(path, i) for i, path in enumerate(part))
        parameters = {f"ids_{i}": sorted(ways[path]) for i, path in enumerate(part)}
        for row in await store.read(text, parameters, limits=LIMITS, bookmarks=bookmarks):
            found[part[row["way"]]] = frozenset(row["subjects"])
    return found


def way_back(path: Path, number: int) -> str:
    """The statement from the entities `$ids_<number>` at the end of `path` back to its subjects."""
    kinds = [(path.subject,), *(hop.kinds for hop in path.hops)]
    steps = []
    for hop, nearer in zip(reversed(path.hops), reversed(kinds[:-1]), strict=True):
        left, right = {"->": ("<-", "-"), "<-": ("-", "->"), "--": ("-", "-")}[hop.arrow]
        times = f"{{{hop.repeats[0]},{hop.repeats[1]}}}" if hop.repeats else ""
        steps.append(f"{left}[:{'|'.join(hop.types)}]{right}{times}(:{'|'.join(nearer)})")
    steps[-1] = f"{steps[-1].rpartition('(')[0]}(subject:{path.subject})"
    return (
        f"UNWIND $ids_{number} AS id\n"
        f"MATCH (:Entity {{id: id}}){''.join(steps)}\n"
        f"RETURN {number} AS way, collect(DISTINCT subject.id) AS subjects"
    )


def page_of(kind: str) -> str:
    """The statement that gives a page of a kind's ids in the order of keys, after `$after`."""
    return (
        f"MATCH (n:{kind})\nWHERE n.org = $org AND n.key > $after\n"
        f"WITH n.id AS id, n.key AS key ORDER BY key LIMIT $most\n"
        "RETURN collect([id, key])"
    )
