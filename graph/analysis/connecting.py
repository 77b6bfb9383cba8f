"""How two entities are connected: by the most credible ways, and by which relationships alone.

A way is as credible as its relationships are sure, taken together, and as what it goes through is specific: an address
that a thousand names have says little about two of them.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graph.correlate.risk import COMMON, FEW, LEAST, MANY
from graph.errors import LimitExceeded

TRIED = 50  # ways that are looked at, the most credible first, for those that are short enough
MOST_S = 5.0  # that finding them may take
_LEAST_SURE = 1e-9  # nothing is impossible, or its weight would be infinite


@dataclass(frozen=True)
class Edge:
    """A relationship: its id, its ends, and how sure it is, 0 to 1; or that two are one, which is no fact."""

    id: str
    ends: tuple[str, str]
    confidence: float
    is_fact: bool = True


@dataclass(frozen=True)
class Way:
    """A way: its entities and relationships in order, how sure these are together, and how specific those."""

    entities: tuple[str, ...]
    links: tuple[str, ...]
    confidence: float
    specificity: float

    @property
    def credibility(self) -> float:
        """How far it is to be believed, 0 to 1."""
        return self.confidence * self.specificity


def specificity(holders: int, *, is_common: bool) -> float:
    """How much it says that something is shared which so many have, 0 to 1; as findings are weighed."""
    if is_common:
        return COMMON
    if holders <= FEW:
        return 1.0
    share = math.log10(min(holders, MANY) / FEW) / math.log10(MANY / FEW)
    return 1.0 - (1.0 - LEAST) * share


def credible_ways(
    edges: Iterable[Edge],
    specific: Mapping[str, float],
    ends: tuple[str, str],
    longest: int,
    k: int,
) -> list[Way]:
    """At most `k` ways of at most `longest` relationships that go through no entity twice, the most credible first.

    `specific` says of entities how specific they are, 1 where it does not. Of several relationships between two
    entities a way takes the surest. Raises LimitExceeded where it takes too long.
    """
    import networkx as nx  # noqa: PLC0415 - slow to import, rarely wanted

    surest = _surest(edges)
    net = nx.DiGraph()
    for (one, other), edge in surest.items():
        for here, there in ((one, other), (other, one)):
            through = 1.0 if there == ends[1] else specific.get(there, 1.0)
            net.add_edge(here, there, weight=-math.log(max(edge.confidence * through, _LEAST_SURE)))
    if not all(end in net for end in ends) or not nx.has_path(net, *ends):
        return []
    tried = itertools.islice(nx.shortest_simple_paths(net, *ends, weight="weight"), TRIED)
    short = (tuple(found) for found in _in_time(tried) if len(found) <= longest + 1)
    return [_way(found, surest, specific) for found in itertools.islice(short, k)]


def _in_time(ways: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    end = time.monotonic() + MOST_S
    for way in ways:
        yield way
        if time.monotonic() > end:
            raise LimitExceeded(
                "there are too many ways between them; ask for fewer, shorter ones, or fewer types"
            )


def cut(edges: Sequence[Edge], ends: tuple[str, str]) -> list[str]:
    """The fewest relationships, by ids, without which the ends are not connected.

    Empty where they are not connected at all, and where no fact parts them, since they are one.
    """
    import networkx as nx  # noqa: PLC0415 - as above

    between: dict[tuple[str, str], list[str]] = defaultdict(list)
    joined = {_pair(edge.ends) for edge in edges if not edge.is_fact}
    for edge in edges:
        if edge.is_fact:
            between[_pair(edge.ends)].append(edge.id)
    net = nx.Graph()
    for (one, other), links in sorted(between.items()):
        net.add_edge(one, other, capacity=len(links))
    for one, other in sorted(joined):
        net.add_edge(one, other, capacity=math.inf)
    if not all(end in net for end in ends):
        return []
    try:
        size, (here, _) = nx.minimum_cut(net, *ends)
    except nx.NetworkXUnbounded:
        return []
    if not size:
        return []
    return sorted(
        link
        for pair, links in between.items()
        if len(here.intersection(pair)) == 1
        for link in links
    )


def _surest(edges: Iterable[Edge]) -> dict[tuple[str, str], Edge]:
    found: dict[tuple[str, str], Edge] = {}
    for edge in sorted(edges, key=lambda each: (-each.confidence, each.id)):
        found.setdefault(_pair(edge.ends), edge)
    return dict(sorted(found.items()))


def _pair(ends: tuple[str, str]) -> tuple[str, str]:
    """The ends in one order, whichever way round they were."""
    one, other = ends
    return (one, other) if one <= other else (other, one)


def _way(
    entities: tuple[str, ...],
    surest: Mapping[tuple[str, str], Edge],
    specific: Mapping[str, float],
) -> Way:
    taken = [surest[_pair(ends)] for ends in itertools.pairwise(entities)]
    return Way(
        entities,
        tuple(edge.id for edge in taken),
        round(math.prod(edge.confidence for edge in taken), 6),
        round(math.prod(specific.get(each, 1.0) for each in entities[1:-1]), 6),
    )
