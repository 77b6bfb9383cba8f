"""Which entities belong together, by how credible what joins them is; and which of them hold a group together.

Groups are Louvain's: they maximize modularity, so that more of what their members are joined by lies within them than
chance would bring (Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008). A relationship counts for as much as it
is sure and its two ends are specific: what thousands have joins nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.analysis.connecting import Edge

if TYPE_CHECKING:
    import networkx as nx

SEED = 1  # of Louvain's order and of the sources below: the same graph gives the same groups
SOURCES = 64  # from which ways are counted; with no more entities than that all are, and the figures exact
Pair = tuple[int, int]


@dataclass(frozen=True)
class Community:
    """A group: its entities by ids, those that most ways within it go through first.

    `centrality` says for each what share of the shortest ways within the group goes through it, 0 to 1. `cohesion` is
    the share of the credibility of all their relationships that lies within the group, 0 to 1. `leaving` has the
    relationships to other groups by ids, the most credible first.
    """

    members: tuple[str, ...]
    centrality: Mapping[str, float]
    cohesion: float
    leaving: tuple[str, ...]


@dataclass(frozen=True)
class Grouping:
    """Groups by their entities' ids, the largest first, and in how many parts the graph falls apart."""

    groups: Sequence[frozenset[str]]
    parts: int
    net: Net

    def describe(self, at: int) -> Community:
        """One of the groups, looked at more closely."""
        return self.net.describe(self.groups[at])


def communities(
    edges: Iterable[Edge], specific: Mapping[str, float], resolution: float = 1.0
) -> Grouping:
    """The groups that a graph falls into. `resolution` over 1 makes them smaller, below 1 larger.

    `specific` says of entities how specific they are, 1 where it does not. Who has no relationship is in no group.
    """
    import networkx as nx  # noqa: PLC0415 - slow to import, rarely wanted

    net = Net.of(edges, specific)
    hosts = _hosts(net.beside)
    within: dict[int, list[int]] = defaultdict(list)
    for each in range(len(net.ids)):
        within[hosts.get(each, each)].append(each)
    core = nx.Graph()
    core.add_nodes_from(sorted(within))
    for (one, other), credibility in net.pairs.items():
        ends = hosts.get(one, one), hosts.get(other, other)
        before = core.get_edge_data(*ends, default={"weight": 0.0})["weight"]
        core.add_edge(*ends, weight=before + credibility)
    found = nx.community.louvain_communities(core, resolution=resolution, seed=SEED)
    groups = [
        frozenset(net.ids[each] for host in group for each in within[host]) for group in found
    ]
    groups.sort(key=lambda group: (-len(group), min(group)))
    return Grouping(groups, nx.number_connected_components(core), net)


def _hosts(beside: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """With whom those go who are joined to one other alone, which are most of a graph: without being asked where to."""
    return {
        each: others[0]
        for each, others in beside.items()
        if len(others) == 1 and (len(beside[others[0]]) > 1 or others[0] < each)
    }


@dataclass(frozen=True)
class Net:
    """A graph without directions in which two entities are joined once: numbers instead of ids, in the ids' order.

    Groups then hang on no order of texts in memory, which differs between processes.
    """

    ids: Sequence[str]
    pairs: Mapping[Pair, float]  # how credible what joins two is, all of it together
    links: Mapping[Pair, Sequence[tuple[float, str]]]  # credibility and id of each relationship
    beside: Mapping[int, Sequence[int]]

    @classmethod
    def of(cls, edges: Iterable[Edge], specific: Mapping[str, float]) -> Net:
        """The graph of some relationships; one from an entity to itself joins nothing."""
        joining = sorted((each for each in edges if len(set(each.ends)) > 1), key=lambda e: e.id)
        ids = sorted({end for each in joining for end in each.ends})
        numbers = {id_: number for number, id_ in enumerate(ids)}
        links: dict[Pair, list[tuple[float, str]]] = defaultdict(list)
        for each in joining:
            one, other = sorted(numbers[end] for end in each.ends)
            shares = [specific.get(end, 1.0) for end in each.ends]
            links[one, other].append((each.confidence * shares[0] * shares[1], each.id))
        beside: dict[int, list[int]] = defaultdict(list)
        for one, other in sorted(links):
            beside[one].append(other)
            beside[other].append(one)
        pairs = {pair: sum(each for each, _ in found) for pair, found in sorted(links.items())}
        return cls(ids, pairs, links, beside)

    def among(self, some: frozenset[int]) -> nx.Graph:
        """What lies among some entities, as networkx has it."""
        import networkx as nx  # noqa: PLC0415 - as above

        made = nx.Graph()
        made.add_nodes_from(sorted(some))
        made.add_edges_from(pair for pair in self.pairs if some.issuperset(pair))
        return made

    def describe(self, group: frozenset[str]) -> Community:
        """What holds a group together, and what leads out of it."""
        import networkx as nx  # noqa: PLC0415 - as above

        members = frozenset(number for number, id_ in enumerate(self.ids) if id_ in group)
        sums = {0: 0.0, 1: 0.0, 2: 0.0}  # by how many ends lie within
        leaving: list[tuple[float, str]] = []
        for pair, credibility in self.pairs.items():
            ends_within = len(members.intersection(pair))
            sums[ends_within] += credibility
            if ends_within == 1:
                leaving += self.links[pair]
        sources = SOURCES if len(members) > SOURCES else None
        central = nx.betweenness_centrality(self.among(members), k=sources, seed=SEED)
        order = sorted(members, key=lambda each: (-central[each], -len(self.beside[each]), each))
        return Community(
            tuple(self.ids[each] for each in order),
            {self.ids[each]: round(central[each], 6) for each in order},
            round(sums[2] / ((sums[1] + sums[2]) or 1.0), 6),
            tuple(id_ for _, id_ in sorted(leaving, key=lambda each: (-each[0], each[1]))),
        )
