"""What a secret would make usable: the collectors that lack it and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.modules import catalog
from server.modules.catalog import Module
from server.modules.needs import Need, needs
from server.modules.standing import Standing
from tests.support import keyed

LISTED = keyed.registry().get(keyed.COLLECTOR)


def module(name: str, source: str, *secrets: str) -> Module:
    """A collector of a source that needs these."""
    manifest = LISTED.manifest.model_copy(update={"id": name, "secrets": secrets, "source": source})
    return replace(catalog.of_listed(replace(LISTED, manifest=manifest)), docs=source)


MODULES = (
    module("a.one", "heron", "key"),
    module("a.two", "heron", "key", "token"),
    module("b.one", "egret", "key"),
    module("b.none", "egret"),
)


def told(need: Need) -> tuple[str, str, bool, list[str], list[str]]:
    """A need in short."""
    used, unlocks = ([each.id for each in some] for some in (need.used_by, need.unlocks))
    return need.source, need.name, need.is_set, used, unlocks


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            (),
            [
                ("egret", "key", False, ["b.one"], ["b.one"]),
                ("heron", "key", False, ["a.one", "a.two"], ["a.one"]),
                ("heron", "token", False, ["a.two"], []),
            ],
        ),
        (
            (("heron", "key"),),
            [
                ("egret", "key", False, ["b.one"], ["b.one"]),
                ("heron", "key", True, ["a.one", "a.two"], []),
                ("heron", "token", False, ["a.two"], ["a.two"]),
            ],
        ),
        (
            (("heron", "token"), ("egret", "key")),
            [
                ("egret", "key", True, ["b.one"], []),
                ("heron", "key", False, ["a.one", "a.two"], ["a.one", "a.two"]),
                ("heron", "token", True, ["a.two"], []),
            ],
        ),
    ],
)
def test_a_secret_unlocks_what_lacks_it_alone(
    given: tuple[tuple[str, str], ...], expected: list[tuple[object, ...]]
) -> None:
    assert [told(each) for each in needs(MODULES, Standing(frozenset(given)))] == expected


def test_where_a_key_is_got_is_told() -> None:
    assert [each.docs for each in needs(MODULES, Standing())] == ["egret", "heron", "heron"]
