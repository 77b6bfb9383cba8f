"""Which collectors can be asked about an entity, and what keeps them from it."""

from __future__ import annotations

from collectors._kit.registry import discover
from graph.model.network import DomainName, IPAddress
from server.modules.catalog import modules
from server.modules.standing import Standing, pivots
from tests.support import keyed

OWN = [each.manifest for each in discover(with_entry_points=False).collectors.values()]
KEYED = [each.manifest for each in keyed.registry().collectors.values()]
NAME = DomainName(name="www.a.example")
APEX = DomainName(name="a.example")
NOBODY = Standing()


def of(
    entity: DomainName | IPAddress, tlp: str = "", standing: Standing = NOBODY
) -> dict[str, str]:
    return {each.manifest.id: each.hindrance for each in pivots(entity, tlp, OWN, standing)}


def test_those_that_accept_the_entity_as_it_is_are_there() -> None:
    accepting = {m.id for m in OWN if m.kind == "collector" and m.accepts(APEX)}
    assert set(of(APEX)) == accepting
    assert {"rdap.domain", "whois.domain"} <= accepting
    assert "rdap.domain" not in of(NAME), "it needs the role Apex"
    assert "dns.resolve" in of(NAME)
    assert "tcp.connect" in of(IPAddress(address="192.0.2.1"))
    assert "tcp.connect" not in of(NAME)


def test_nothing_hinders_one_that_a_process_offers() -> None:
    found = of(APEX, standing=Standing(workers={"rdap.domain": 1}))
    assert found["rdap.domain"] == ""
    assert found["dns.resolve"] == "no living process can carry it out"


def test_what_is_marked_above_its_ceiling_is_not_for_it() -> None:
    everywhere = Standing(workers=dict.fromkeys((m.id for m in OWN), 1))
    found = of(APEX, "AMBER", everywhere)
    assert found["rdap.domain"] == (
        "it may be asked about entities up to GREEN, and this one is marked AMBER"
    )
    assert found["dns.resolve"] == ""
    assert of(APEX, "GREEN", everywhere)["rdap.domain"] == ""


def test_a_secret_that_is_not_set_hinders() -> None:
    workers = {keyed.COLLECTOR: 1}
    (without,) = pivots(APEX, "", KEYED, Standing(workers=workers))
    assert without.hindrance == "the secret api_key of heron is not set, or has expired"
    usable = frozenset({(keyed.SOURCE, keyed.SECRET)})
    (found,) = pivots(APEX, "", KEYED, Standing(usable, workers))
    assert found.hindrance == ""


def test_importers_are_offered_by_those_who_read_files() -> None:
    standing = Standing(workers={"dns.resolve": 2, "tls.expired": 1}, readers=3)
    counts = {name: standing.offered_by(each) for name, each in modules().items()}
    assert (counts["nmap_xml"], counts["dns.resolve"], counts["tls.expired"]) == (3, 2, 1)
    assert counts["rdap.domain"] == 0
