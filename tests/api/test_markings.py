"""Markings as GraphQL shows them, on entities and on relationships."""

from __future__ import annotations

from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from graph.writer import Writer
from tests.api.conftest import Caller
from tests.support.facts import answer

ASKED = """
{ domainNames { nodes { key marking resolvesTo { edges { marking node { key marking } } } } } }
"""


async def test_a_marking_is_shown_and_found_by(store: Store, caller: Caller) -> None:
    name, address = DomainName(name="red.example"), IPAddress(address="192.0.2.1")
    link = ResolvesTo(source=name, target=address, rrtype="A")
    async with Writer(store) as writer:
        await writer.write(
            caller.org, [answer(name, 1, link, collector="import:1", tlp="AMBER_STRICT")]
        )
        await writer.write(caller.org, [answer(address, 1, address, collector="other")])

    shown = (await caller.ask(ASKED))["domainNames"]["nodes"]
    red = next(one for one in shown if one["key"] == "red.example")
    assert red["marking"] == "AMBER_STRICT"
    assert red["resolvesTo"]["edges"] == [
        {"marking": "AMBER_STRICT", "node": {"key": "192.0.2.1", "marking": None}}
    ]
