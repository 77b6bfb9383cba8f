"""What lies between two entities, against every way there is."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Mapping

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis import exploring
from graph.analysis.exploring import HUB, Beside, Between, explore

Links = Mapping[str, tuple[str, str]]


def explored(links: Links, longest: int, common: Collection[str] = ()) -> Between:
    async def look(ids: Collection[str], most: int) -> Mapping[str, Beside]:
        return {
            one: Beside(
                tuple(
                    (link, ends[1] if ends[0] == one else ends[0])
                    for link, ends in sorted(links.items())
                    if one in ends
                )[:most],
                one in common,
            )
            for one in ids
        }

    return asyncio.run(explore(look, "a", "b", longest))


@st.composite
def nets(draw: st.DrawFn) -> dict[str, tuple[str, str]]:
    """Up to twenty relationships among eight entities, `a` and `b` among them; some pairs have several."""
    names = "abcdefgh"
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=20))
    return {f"{n:02}": pair for n, pair in enumerate(pairs) if pair[0] != pair[1]}


@settings(deadline=None)
@given(nets(), st.integers(1, 6))
def test_every_way_that_is_short_enough_is_there(
    links: dict[str, tuple[str, str]], longest: int
) -> None:
    net = nx.MultiGraph([(*ends, link) for link, ends in links.items()])
    net.add_nodes_from("ab")
    wanted = {link for way in nx.all_simple_edge_paths(net, "a", "b", longest) for *_, link in way}

    found = explored(links, longest)

    assert found.is_whole
    assert wanted <= found.links.keys()
    for link, ends in found.links.items():
        assert set(ends) == set(links[link])


def test_what_lies_beyond_a_hub_is_not_looked_at() -> None:
    hub = {f"h{n}": ("hub", f"x{n}") for n in range(HUB)}
    links = {
        **hub,
        "1": ("a", "hub"),
        "2": ("x7", "y"),
        "3": ("y", "b"),
        "4": ("a", "c"),
        "5": ("c", "b"),
    }

    found = explored(links, 4)

    assert found.links.keys() == {"4", "5"}
    assert not found.is_whole
    del links["h9"]
    assert explored(links, 4).links.keys() == {"1", "h7", "2", "3", "4", "5"}


def test_a_hub_at_the_end_is_followed() -> None:
    links = {f"a{n}": ("a", f"x{n}") for n in range(HUB + 5)} | {"1": ("x300", "b")}
    found = explored(links, 2)
    assert found.links.keys() == {"a300", "1"}
    assert found.is_whole


def test_it_ends_where_there_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    names = [f"n{n}" for n in range(400)]
    links = {str(n): (chance.choice(names), chance.choice(names)) for n in range(2_000)}
    links |= {"s": ("a", "n1"), "e": ("n2", "b")}
    monkeypatch.setattr(exploring, "MOST_ENTITIES", 50)
    assert not explored(links, 8).is_whole


def test_of_too_many_relationships_those_on_the_shortest_ways_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    links = {"1": ("a", "c"), "2": ("c", "b"), "3": ("c", "d"), "4": ("d", "b")}
    monkeypatch.setattr(exploring, "MOST_LINKS", 2)
    found = explored(links, 4)
    assert found.links.keys() == {"1", "2"}
    assert not found.is_whole


def test_where_nothing_connects_nothing_is_found() -> None:
    found = explored({"1": ("a", "c"), "2": ("d", "b")}, 6)
    assert (found.links, found.entities, found.is_whole) == ({}, set(), True)
