"""Groups of entities, and who holds one together."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis.communities import SOURCES, communities
from graph.analysis.connecting import Edge
from tests.unit.graph.analysis.test_exploring import nets

SURE = 0.8


def edges(*pairs: str, sure: float = SURE) -> list[Edge]:
    """Relationships between entities that one letter names each: `ab` is one from a to b."""
    return [Edge(pair, (pair[0], pair[1]), sure) for pair in pairs]


def clique(names: str) -> list[Edge]:
    return edges(*("".join(pair) for pair in itertools.combinations(names, 2)))


TWO = [*clique("abcd"), *clique("wxyz"), *edges("dw")]


def test_what_is_joined_more_within_than_beyond_is_a_group() -> None:
    found = communities(TWO, {})
    assert found.groups == [frozenset("abcd"), frozenset("wxyz")]
    assert found.parts == 1
    one = found.describe(0)
    assert one.members[0] == "d"
    assert set(one.members) == set("abcd")
    assert one.cohesion == pytest.approx(6 / 7, abs=1e-6)
    assert one.leaving == ("dw",)


def test_what_leaves_a_group_comes_the_most_credible_first() -> None:
    found = communities([*TWO, Edge("cx", ("c", "x"), 0.9), Edge("by", ("y", "b"), 0.2)], {})
    assert found.describe(0).leaving == ("cx", "dw", "by")


def test_what_many_have_in_common_makes_no_group() -> None:
    some = [
        *edges("ab", "bc", "ac", "xy", "yz", "xz", sure=0.2),
        *edges("ma", "mb", "mx", "nc", "ny", "nz"),
    ]
    without = communities(some, {}).groups
    assert set(without) == {frozenset("abmx"), frozenset("cnyz")}
    found = communities(some, {"m": 0.01, "n": 0.01}).groups
    assert {group - {*"mn"} for group in found} == {frozenset("abc"), frozenset("xyz")}


def test_who_is_joined_to_one_alone_goes_with_it() -> None:
    found = communities([*TWO, *edges("a1", "a2", "z3", "45")], {})
    assert found.groups == [frozenset("abcd12"), frozenset("wxyz3"), frozenset("45")]
    assert found.parts == 2


def test_a_star_is_one_group_that_hangs_on_its_middle() -> None:
    found = communities(edges(*(f"m{n}" for n in "12345")), {})
    assert found.groups == [frozenset("m12345")]
    star = found.describe(0)
    assert star.members[0] == "m"
    assert star.centrality == {"m": 1.0, **dict.fromkeys("12345", 0.0)}
    assert star.cohesion == 1.0
    assert star.leaving == ()


def test_nothing_is_no_group() -> None:
    assert communities([], {}).groups == []
    itself = [Edge("aa", ("a", "a"), 1.0)]
    assert communities(itself, {}).parts == 0
    assert communities(itself, {}).groups == []


@given(nets(), st.floats(0.2, 4.0))
@settings(deadline=None)
def test_groups_share_out_all_that_is_joined(
    links: dict[str, tuple[str, str]], resolution: float
) -> None:
    some = [Edge(link, ends, SURE) for link, ends in links.items()]
    found = communities(some, {}, resolution)
    joined = [end for each in some if len(set(each.ends)) > 1 for end in each.ends]
    assert sorted(itertools.chain(*found.groups)) == sorted(set(joined))
    net = nx.Graph(each.ends for each in some if len(set(each.ends)) > 1)
    assert found.parts == nx.number_connected_components(net)
    parts = list(nx.connected_components(net))
    for group in found.groups:
        assert any(group <= part for part in parts)


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=25)
def test_groups_are_as_good_as_those_found_with_every_entity_asked(dice: random.Random) -> None:
    net = nx.planted_partition_graph(5, 8, 0.6, 0.02, seed=dice.randrange(1000))
    some = [Edge(f"{a}-{b}", (f"{a:02}", f"{b:02}"), SURE) for a, b in net.edges]
    named = nx.Graph(each.ends for each in some)
    ours = nx.community.modularity(named, communities(some, {}).groups)
    plain = nx.community.louvain_communities(named, seed=1)
    assert ours >= nx.community.modularity(named, plain) - 0.03


def test_a_higher_resolution_makes_smaller_groups() -> None:
    ring = [
        each for n in range(6) for each in clique("abcdefghijklmnopqrstuvwx"[4 * n : 4 * n + 4])
    ]
    ring += edges("ae", "ei", "im", "mq", "qu", "ua")
    few, usual, many = (len(communities(ring, {}, each).groups) for each in (0.1, 1.0, 10.0))
    assert few < usual < many
    assert usual == 6


def test_a_large_group_is_looked_at_from_some_of_it_alone() -> None:
    names = [f"n{n:03}" for n in range(3 * SOURCES)]
    some = [Edge(f"e{n}", (names[0], each), SURE) for n, each in enumerate(names[1:])]
    assert communities(some, {}).describe(0).members[0] == names[0]


def test_the_same_graph_has_the_same_groups_in_every_process() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-P", "-c", ASKED],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(said) == 1


ASKED = """
import networkx as nx
from graph.analysis.communities import communities
from graph.analysis.connecting import Edge
net = nx.gnm_random_graph(60, 110, seed=4)
found = communities([Edge(f"{a}-{b}", (f"n{a}", f"n{b}"), 0.8) for a, b in net.edges], {})
print([sorted(each) for each in found.groups], [found.describe(n) for n in range(len(found.groups))])
"""
