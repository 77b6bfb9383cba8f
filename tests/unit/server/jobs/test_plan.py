"""The plan of a run: who would be asked about which seeds, and who not, and why."""

from __future__ import annotations

from collectors._kit.registry import discover
from graph.model.network import DomainName, IPAddress
from graph.model.registry import detect
from server.jobs.handing import Means, Member
from server.jobs.plan import Plan, plan
from server.jobs.spec import ScanSpec, ScopeRules
from tests.support import keyed

KEYED = keyed.registry().get(keyed.COLLECTOR).manifest
MANIFESTS = {name: listed.manifest for name, listed in discover().collectors.items()} | {
    KEYED.id: KEYED
}


def planned(spec: ScanSpec, means: Means | None = None, tlp: str = "") -> Plan:
    seeds = [Member(f"id-{key}", detect(key), 0, tlp) for key in spec.seeds]
    return plan(spec, seeds, MANIFESTS, means or Means())


def reasons(found: Plan) -> dict[tuple[str, str], str]:
    return {(one.collector, one.seed): one.reason for one in found.left_out}


def spec(*seeds: str, **more: object) -> ScanSpec:
    return ScanSpec.model_validate({"seeds": seeds, **more})


def test_each_collector_is_asked_waits_or_is_left_out_with_a_reason() -> None:
    found = planned(spec("heron.example", presets=("footprint",)))
    told = (
        {one.manifest.id for one in found.planned}
        | {one.collector for one in found.left_out}
        | {*found.later}
    )
    assert told == {name for name, m in MANIFESTS.items() if m.kind == "collector"}
    assert all(reason for reason in reasons(found).values())


def test_what_is_asked_goes_by_what_the_seeds_are() -> None:
    found = planned(spec("heron.example", "192.0.2.7", collectors=("dns.resolve", "dns.reverse")))
    asked = {one.manifest.id: [s.entity for s in one.seeds] for one in found.planned}
    assert asked == {
        "dns.resolve": [DomainName(name="heron.example")],
        "dns.reverse": [IPAddress(address="192.0.2.7")],
    }
    assert reasons(found)["tls.handshake", ""] == "the scan names others"


def test_hosts_are_those_that_the_target_or_a_third_party_has() -> None:
    found = planned(
        spec("heron.example", "192.0.2.7", presets=("deep",), authorization="ours"),
    )
    by_id = {one.manifest.id: one for one in found.planned}
    assert by_id["dns.resolve"].hosts == ()
    assert by_id["tcp.connect"].hosts == ("192.0.2.7",)
    assert by_id["tcp.connect"].most_requests == MANIFESTS["tcp.connect"].max_requests
    third = next(one for one in found.planned if one.manifest.activity == "P0" and one.hosts)
    assert third.hosts == tuple(sorted(third.manifest.hosts))


def test_reasons_name_the_first_thing_that_stands_in_the_way() -> None:
    means = Means(disabled={"dns.records"})
    found = planned(
        spec("heron.example", presets=("footprint",), exclude_collectors=("dns.resolve",)), means
    )
    told = reasons(found)
    assert told["dns.records", ""] == "the organization has disabled it"
    assert told["dns.resolve", ""] == "the scan excludes it by name"
    assert told["tls.handshake", ""] == "it is of class P2, and preset footprint allows up to P1"


def test_a_missing_secret_is_named_and_one_that_is_set_is_used() -> None:
    wanted = spec("heron.example", collectors=(KEYED.id,), presets=("deep",), authorization="ours")
    name = KEYED.secrets[0]
    assert reasons(planned(wanted))[KEYED.id, ""] == (
        f"the secret {name} of {KEYED.source} is not set, or has expired"
    )
    means = Means(secrets={(KEYED.source, each) for each in KEYED.secrets})
    assert (KEYED.id, "") not in reasons(planned(wanted, means))


def test_an_excluded_seed_is_asked_about_by_nobody() -> None:
    wanted = spec("heron.example", "owl.example", scope=ScopeRules(exclude=("owl.example",)))
    found = planned(wanted)
    assert reasons(found)["", "owl.example"] == "the scan's `exclude` covers it"
    assert {s.entity.key for one in found.planned for s in one.seeds} == {"heron.example"}


def test_what_is_marked_above_a_ceiling_is_kept_from_a_collector() -> None:
    third = MANIFESTS["rdap.domain"]
    found = planned(spec("heron.example", collectors=(third.id,)), tlp="RED")
    assert reasons(found)[third.id, "heron.example"] == (
        f"it may be asked about entities up to {third.highest}, and this one is marked RED"
    )
    assert found.planned == ()


def test_what_stands_in_for_another_is_told_to_wait_for_it() -> None:
    found = planned(spec("heron.example", collectors=("rdap.domain", "whois.domain")))
    assert reasons(found)["whois.domain", "heron.example"] == (
        "it is asked where rdap.domain gives no answer"
    )


def test_the_digest_changes_with_what_would_be_asked_and_with_nothing_else() -> None:
    wanted = spec("heron.example", presets=("footprint",))
    assert planned(wanted).digest == planned(wanted.model_copy(update={"name": "other"})).digest
    assert planned(wanted).digest != planned(wanted, Means(disabled={"dns.records"})).digest
