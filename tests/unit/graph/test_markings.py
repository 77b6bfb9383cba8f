"""The marking of a fact from what was stated of it."""

from __future__ import annotations

import pytest

from graph.markings import Stated, marking_of

MERGES = {"status": "latest"}


def said(tlp: str, status: str = "", *, holds: bool = True, since: int = 1) -> Stated:
    return Stated(tlp, holds, 1_000, since, f"{tlp}{since}", {"status": status} if status else {})


@pytest.mark.parametrize(
    ("stated", "marking"),
    [
        ([], ""),
        ([said("AMBER"), said("")], ""),
        ([said("RED"), said("GREEN")], "GREEN"),
        ([said("GREEN"), said("RED", "up")], "RED"),
        ([said("GREEN", "up"), said("RED", "up", since=2)], "GREEN"),
        ([said("GREEN", "up"), said("AMBER", "down", since=2), said("RED")], "AMBER"),
        ([said("RED"), said("", holds=False)], "RED"),
        ([said("RED", "up", holds=False), said("CLEAR", holds=False)], "RED"),
        ([said("RED", holds=False), said("CLEAR", "up", holds=False)], "CLEAR"),
    ],
)
def test_the_most_open_level_whose_claims_alone_show_it_as_it_is(
    stated: list[Stated], marking: str
) -> None:
    assert marking_of(stated, MERGES) == marking
