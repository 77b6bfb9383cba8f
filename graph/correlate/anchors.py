"""From what a write touched to the subjects whose results may be different now.

Each entity on a rule's paths leads back to the rule's subjects. The way back goes over closed
relationships, too: a result also changes when something ends. Beside `upsert` and `select` this is
the one place that makes query text, from names that the ontology declares and `paths` has checked.
"""

from __future__ import annotations

import asyncio
import functools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from graph.correlate.paths import ANY_KIND, PROVENANCE_TYPES, Hop, Path
from graph.correlate.rules import Rule
from graph.store import Limits, Store

AT_ONCE = 6  # steps made at once
PAGE = 5_000
LIMITS = Limits(timeout_s=60.0)

_KINDS = """
UNWIND $touched AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org
RETURN collect([n.id, labels(n)])
"""


ANY_TYPE = ""


@dataclass(frozen=True)
class Touched:
    """What a write touched: entities that changed themselves, and by type the ends of changed relationships.

    What an answer is about is an end of the relationship by which it is kept. Under `ANY_TYPE` are ends of which it is
    not known what changed there; a list of ids that does not tell stands for all.
    """

    changed: frozenset[str]
    ends: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: Iterable[str]) -> Touched:
        """Entities of which it is not known what changed."""
        found = frozenset(ids)
        return cls(found, {ANY_TYPE: found})

    @property
    def ids(self) -> frozenset[str]:
        """All of them."""
        return self.changed.union(*self.ends.values())

    @property
    def facts(self) -> frozenset[str]:
        """Those of which something else is known than before: not what was only said again."""
        ends = (ids for name, ids in self.ends.items() if name not in PROVENANCE_TYPES)
        return self.changed.union(*ends)

    def at(self, anchor: Anchor) -> frozenset[str]:
        """The entities whose change may count at the end of a way, whatever their kinds."""
        if not anchor.types:
            return self.changed
        types = (ANY_TYPE, *anchor.types)
        return self.changed.union(*(self.ends.get(name, ()) for name in types))


@dataclass(frozen=True)
class Anchor:
    """A way from an entity to subjects.

    `types` are those by which paths go on from its end: of the entity's relationships only changes of these count. So
    at the far end of a path only its own change does: a change of its relationship is seen from the end that is nearer
    to the subject. (After a repeated hop its types count, too: entities in between have no way of their own.)
    """

    path: Path
    types: frozenset[str]

    def matches(self, labels: Collection[str]) -> bool:
        """Whether an entity with these labels may stand at the path's end."""
        return ANY_KIND in self.path.kinds or not set(self.path.kinds).isdisjoint(labels)


def anchors(rule: Rule) -> frozenset[Anchor]:
    """The ways back to the rule's subjects. What provenance leads to is never touched itself."""
    types: dict[Path, set[str]] = {}
    for whole in rule.watched:
        for path in whole.prefixes():
            last = path.hops[-1:]
            going_on = types.setdefault(path, set())
            going_on.update(name for hop in last if hop.repeats for name in hop.types)
            going_on.update(name for hop in whole.hops[len(path.hops) :][:1] for name in hop.types)
    return frozenset(
        Anchor(path, frozenset(going_on))
        for path, going_on in types.items()
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
    walk = _Walk(store, tuple(bookmarks))
    ends = await asyncio.gather(*(walk.subjects(path, frozenset(i)) for path, i in ways.items()))
    reached = dict(zip(ways, ends, strict=True))
    return {
        rule: frozenset().union(*(_ends(anchor, starts[anchor], reached) for anchor in found))
        for rule, found in anchored.items()
    }


def _starts(anchor: Anchor, touched: Touched, labels: Mapping[str, list[str]]) -> set[str]:
    return {i for i in touched.at(anchor) if i in labels and anchor.matches(labels[i])}


def _ends(
    anchor: Anchor, starts: set[str], reached: Mapping[Path, frozenset[str]]
) -> Collection[str]:
    return reached.get(anchor.path, frozenset()) if anchor.path.hops else starts


class _Walk:
    """Walks back hop by hop. Ways of several rules have steps in common, which are made once."""

    def __init__(self, store: Store, bookmarks: tuple[str, ...]) -> None:
        self._store = store
        self._bookmarks = bookmarks
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._made: dict[tuple[str, frozenset[str]], asyncio.Task[frozenset[str]]] = {}

    async def subjects(self, path: Path, ids: frozenset[str]) -> frozenset[str]:
        """Where the way along `path` leads from `ids` at its end."""
        kinds = [(path.subject,), *(hop.kinds for hop in path.hops)]
        for hop, nearer in zip(reversed(path.hops), reversed(kinds[:-1]), strict=True):
            ids = await self._hop(hop, nearer, ids)
        return ids

    async def _hop(self, hop: Hop, nearer: tuple[str, ...], ids: frozenset[str]) -> frozenset[str]:
        if hop.repeats is None:
            return await self._step(step_back(hop, nearer), ids)
        # What lies between the ends of a repeated hop may be of any kind.
        text = step_back(hop, (ANY_KIND,))
        fewest, most = hop.repeats
        found = ids if fewest == 0 else frozenset[str]()
        seen = current = ids
        for _ in range(most):
            reached = await self._step(text, current)
            found |= reached
            current = reached - seen
            seen |= reached
            if not current:
                break
        return found

    async def _step(self, text: str, ids: frozenset[str]) -> frozenset[str]:
        if not ids:
            return ids
        if (text, ids) not in self._made:
            self._made[text, ids] = asyncio.create_task(self._ask(text, ids))
        return await self._made[text, ids]

    async def _ask(self, text: str, ids: frozenset[str]) -> frozenset[str]:
        async with self._gate:
            found = await self._store.read_single(
                text, {"ids": sorted(ids)}, limits=LIMITS, bookmarks=self._bookmarks
            )
        return frozenset(found)


@functools.cache
def step_back(hop: Hop, nearer: tuple[str, ...]) -> str:
    """The statement from the entities `$ids` at the far end of a hop to those nearer the subject.

    Small texts of few kinds: the database plans each once, in next to no time.
    """
    left, right = {"->": ("<-", "-"), "<-": ("-", "->"), "--": ("-", "-")}[hop.arrow]
    return (
        "UNWIND $ids AS id\n"
        f"MATCH (:Entity {{id: id}}){left}[:{'|'.join(hop.types)}]{right}(nearer:{'|'.join(nearer)})\n"
        "RETURN collect(DISTINCT nearer.id)"
    )


async def read_page(
    store: Store,
    org: str,
    kind: str,
    after: str,
    most: int = PAGE,
    limits: Limits | None = LIMITS,
) -> list[tuple[str, str]]:
    """Ids and keys of an organization's entities of a kind, in the order of keys, behind a key."""
    given = {"org": org, "after": after, "most": most}
    found: list[list[str]] = await store.read_single(page_of(kind), given, limits=limits)
    return [(each, key) for each, key in found]


def page_of(kind: str) -> str:
    """The statement that gives a page of a kind's ids in the order of keys, after `$after`."""
    return (
        f"MATCH (n:{kind})\nWHERE n.org = $org AND n.key > $after\n"
        f"WITH n.id AS id, n.key AS key ORDER BY key LIMIT $most\n"
        "RETURN collect([id, key])"
    )
