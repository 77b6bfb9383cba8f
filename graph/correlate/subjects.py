"""From what a write touched back to the subjects whose results may be different now.

Beside `upsert`, `select` and `narrowing` this is the one place that makes query text, from names that the ontology
declares and `paths` has checked.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.correlate import rules as rule_files
from graph.correlate.anchors import Anchor, Touched, anchors
from graph.correlate.paths import ANY_KIND, TURNED, Hop, Path, written
from graph.correlate.rules import Rule
from graph.store import Limits, Store

AT_ONCE = 6  # statements asked at once
BUNDLE = (
    12  # steps that one statement makes: more would take the database longer to plan than they save
)
PAGE = 5_000
LIMITS = Limits(timeout_s=60.0)

_KINDS = """
UNWIND $touched AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org
RETURN collect([n.id, labels(n)])
"""


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
    reached = await _walked(store, ways, tuple(bookmarks))
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


Question = tuple[str, frozenset[str]]  # a step, and the ids of the entities from which it is made


class _Way:
    """The way back along one path, a step at a time."""

    def __init__(self, path: Path, ids: frozenset[str]) -> None:
        self._left = _steps_of(path)  # the last one is made first
        self.path = path
        self.ids = ids  # where it has come to
        self._around: _Around | None = None

    def question(self) -> Question | None:
        """The next step; None at the end, and where the way leads nowhere."""
        while self._left:
            hop, step = self._left[-1]
            if hop.repeats is None:
                return (step, self.ids) if self.ids else None
            around = self._around = self._around or _Around.of(hop.repeats, self.ids)
            if around.current and around.steps_left:
                return step, around.current
            self.ids, self._around = around.found, None
            self._left.pop()
        return None

    def take(self, reached: frozenset[str]) -> None:
        """Go on from what the step has reached."""
        if self._around is not None:
            self._around.take(reached)
        else:
            self.ids = reached
            self._left.pop()


@dataclass
class _Around:
    """A hop that is made several times: what it has reached, and what from there is still to be looked at."""

    steps_left: int
    found: frozenset[str]
    seen: frozenset[str]
    current: frozenset[str]

    @classmethod
    def of(cls, repeats: tuple[int, int], ids: frozenset[str]) -> _Around:
        fewest, most = repeats
        return cls(most, ids if fewest == 0 else frozenset(), ids, ids)

    def take(self, reached: frozenset[str]) -> None:
        """Count a step."""
        self.steps_left -= 1
        self.found |= reached
        self.current = reached - self.seen
        self.seen |= reached


async def _walked(
    store: Store, ways: Mapping[Path, Collection[str]], bookmarks: tuple[str, ...]
) -> dict[Path, frozenset[str]]:
    """Where each way leads from the ids at its end. All go at the same pace, so that steps are made together."""
    under_way = [_Way(path, frozenset(ids)) for path, ids in ways.items()]
    while asked := {way: question for way in under_way if (question := way.question())}:
        answers = await _answers(store, frozenset(asked.values()), bookmarks)
        for way, question in asked.items():
            way.take(answers[question])
    return {way.path: way.ids for way in under_way}


async def _answers(
    store: Store, questions: Collection[Question], bookmarks: tuple[str, ...]
) -> dict[Question, frozenset[str]]:
    """What each step reaches. Few statements ask for all of them: each crosses the wire and back."""
    gate = asyncio.Semaphore(AT_ONCE)
    by_bundle: dict[tuple[str, ...], list[Question]] = defaultdict(list)
    for question in questions:
        by_bundle[_bundle(question[0])].append(question)

    async def ask(
        bundle: tuple[str, ...], asked: Sequence[Question]
    ) -> list[tuple[Question, frozenset[str]]]:
        rows: list[list[list[Any]]] = [[] for _ in bundle]
        for number, (step, ids) in enumerate(asked):
            rows[bundle.index(step)] += [[number, each] for each in sorted(ids)]
        async with gate:
            found = await store.read_single(
                together(bundle), {"rows": rows}, limits=LIMITS, bookmarks=bookmarks
            )
        reached: dict[int, set[str]] = defaultdict(set)
        for number, each in found:
            reached[number].add(each)
        return [(question, frozenset(reached[n])) for n, question in enumerate(asked)]

    done = await asyncio.gather(*(ask(bundle, some) for bundle, some in by_bundle.items()))
    return dict(itertools.chain.from_iterable(done))


@functools.cache
def step_back(hop: Hop, nearer: tuple[str, ...]) -> str:
    """The pattern from an entity at the far end of a hop to those nearer the subject."""
    return f"{written(hop.types, TURNED[hop.arrow])}(nearer:{'|'.join(nearer)})"


@functools.cache
def together(steps: tuple[str, ...]) -> str:
    """The statement that makes several steps, each from its own of `$rows`, which have a number and an id.

    It gives a list of numbers and ids. The database plans it once: a step that is not wanted has no rows.
    """
    parts = (
        f"UNWIND $rows[{place}] AS row\n"
        f"MATCH (:Entity {{id: row[1]}}){step}\n"
        "RETURN DISTINCT row[0] AS number, nearer.id AS id"
        for place, step in enumerate(steps)
    )
    every = "\nUNION ALL\n".join(parts)
    return f"CALL () {{\n{every}\n}}\nRETURN collect([number, id])"


@functools.cache
def _shipped() -> Mapping[str, tuple[str, ...]]:
    """The steps of all shipped rules in bundles, whichever rules are awake: so the statements stay the same."""
    steps = sorted({step for rule in rule_files.load().values() for step in _steps(rule)})
    bundles = (tuple(steps[i : i + BUNDLE]) for i in range(0, len(steps), BUNDLE))
    return {step: bundle for bundle in bundles for step in bundle}


def _steps(rule: Rule) -> Iterator[str]:
    return (step for anchor in anchors(rule) for _, step in _steps_of(anchor.path))


def _steps_of(path: Path) -> list[tuple[Hop, str]]:
    """The hops of a path, each with the step back over it."""
    kinds = [(path.subject,), *(hop.kinds for hop in path.hops)]
    # What lies between the ends of a repeated hop may be of any kind.
    return [
        (hop, step_back(hop, (ANY_KIND,) if hop.repeats else nearer))
        for hop, nearer in zip(path.hops, kinds[:-1], strict=True)
    ]


def _bundle(step: str) -> tuple[str, ...]:
    """The steps with which one is asked for; those of rules that are not shipped are alone."""
    return _shipped().get(step, (step,))


async def read_page(
    store: Store,
    org: str,
    labels: str,
    after: str,
    most: int = PAGE,
    limits: Limits | None = LIMITS,
) -> list[tuple[str, str]]:
    """Ids and keys of an organization's entities of a kind, also with a role (`DomainName&Apex`), behind a key."""
    given = {"org": org, "after": after, "most": most}
    found: list[list[str]] = await store.read_single(page_of(labels), given, limits=limits)
    return [(each, key) for each, key in found]


def page_of(labels: str) -> str:
    """The statement that gives a page of ids of what has some labels, in the order of keys, after `$after`."""
    return (
        f"MATCH (n:{labels})\nWHERE n.org = $org AND n.key > $after\n"
        f"WITH n.id AS id, n.key AS key ORDER BY key LIMIT $most\n"
        "RETURN collect([id, key])"
    )
