"""The most credible ways, and the fewest relationships that a connection hangs on."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis import connecting
from graph.analysis.connecting import Edge, credible_ways, cut, specificity
from graph.errors import LimitExceeded
from tests.unit.graph.analysis.test_exploring import nets

ENDS = ("a", "b")


def edges(links: dict[str, tuple[str, str]], sure: float = 0.8) -> list[Edge]:
    return [Edge(link, ends, sure) for link, ends in links.items()]


def connected(some: list[Edge]) -> bool:
    net = nx.Graph(each.ends for each in some)
    net.add_nodes_from(ENDS)
    return bool(nx.has_path(net, *ENDS))


@settings(deadline=None)
@given(nets(), st.lists(st.floats(0.05, 1.0), min_size=20, max_size=20))
def test_ways_are_the_most_credible_of_all(
    links: dict[str, tuple[str, str]], sureness: list[float]
) -> None:
    rated = [Edge(link, links[link], sureness[n]) for n, link in enumerate(links)]
    specific = {name: 1.0 - 0.1 * n for n, name in enumerate("cdefgh")}
    net = nx.MultiGraph([(*each.ends, each.id) for each in rated])
    net.add_nodes_from(ENDS)
    sure = {each.id: each.confidence for each in rated}
    best: dict[tuple[str, ...], float] = {}
    for way in nx.all_simple_edge_paths(net, *ENDS, cutoff=4):
        entities = ("a", *(other for _, other, _ in way))
        score = math.prod(sure[link] for *_, link in way)
        score *= math.prod(specific[each] for each in entities[1:-1])
        best[entities] = max(score, best.get(entities, 0.0))

    found = credible_ways(rated, specific, ENDS, 4, 3)

    expected = sorted(best.values(), reverse=True)[:3]
    assert [each.credibility for each in found] == pytest.approx(expected, abs=2e-6)
    for each in found:
        assert each.credibility == pytest.approx(best[each.entities], abs=2e-6)
        assert (each.entities[0], each.entities[-1]) == ENDS
        assert len(each.links) == len(each.entities) - 1


@given(nets())
@settings(deadline=None)
def test_a_cut_is_the_fewest_that_part_the_ends(links: dict[str, tuple[str, str]]) -> None:
    every = edges(links)
    found = cut(every, ENDS)
    assert not connected([each for each in every if each.id not in found])
    assert bool(found) == connected(every)
    fewer_ones = itertools.combinations(every, len(found) - 1) if found else ()
    for fewer in itertools.islice(fewer_ones, 300):
        assert connected([each for each in every if each not in fewer]), "fewer would do"


def test_a_longer_way_through_what_few_have_goes_before_a_short_one_through_what_many_have() -> (
    None
):
    some = edges(
        {"1": ("a", "hub"), "2": ("hub", "b"), "3": ("a", "c"), "4": ("c", "d"), "5": ("d", "b")}
    )
    specific = {"hub": specificity(250, is_common=False), "c": 1.0, "d": 1.0}
    first, second = credible_ways(some, specific, ENDS, 6, 5)
    assert first.entities == ("a", "c", "d", "b")
    assert (first.confidence, first.specificity) == (0.512, 1.0)
    assert second.links == ("1", "2")
    assert [each.links for each in credible_ways(some, specific, ENDS, 2, 5)] == [("1", "2")]


def test_of_several_relationships_the_surest_is_taken_and_all_are_cut() -> None:
    some = [Edge("1", ("a", "b"), 0.3), Edge("2", ("b", "a"), 0.9)]
    [way] = credible_ways(some, {}, ENDS, 1, 3)
    assert (way.links, way.credibility) == (("2",), 0.9)
    assert cut(some, ENDS) == ["1", "2"]


def test_only_facts_are_cut_and_none_where_the_ends_are_one() -> None:
    same = Edge("same", ("a", "c"), 1.0, is_fact=False)
    some = edges({"1": ("a", "d"), "2": ("d", "b"), "3": ("c", "b")})
    assert cut([same, *some], ENDS) in (["1", "3"], ["2", "3"])
    assert cut([Edge("same", ENDS, 1.0, is_fact=False), *some], ENDS) == []
    assert [each.links for each in credible_ways([same, *some], {}, ENDS, 2, 1)] == [("same", "3")]


def test_what_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    some = edges({"1": ("a", "c"), "2": ("c", "b"), "3": ("a", "b")})
    monkeypatch.setattr(connecting, "MOST_S", -1.0)
    assert [each.links for each in credible_ways(some, {}, ENDS, 4, 1)] == [("3",)]
    with pytest.raises(LimitExceeded, match="ask for fewer"):
        credible_ways(some, {}, ENDS, 4, 2)


@pytest.mark.parametrize(
    ("holders", "is_common", "said"),
    [
        (1, False, 1.0),
        (10, False, 1.0),
        (100, False, 0.6),
        (1_000, False, 0.2),
        (9_999, False, 0.2),
        (3, True, 0.1),
    ],
)
def test_how_specific_something_is(holders: int, is_common: bool, said: float) -> None:
    assert specificity(holders, is_common=is_common) == pytest.approx(said)
