"""Each protocol collector against the running lab, compared with the lab's own truth."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pytest
import pytest_asyncio

from collectors._kit.base import HttpRequest, HttpResponse
from collectors._kit.dialing import LabState
from collectors._kit.egress import Egress, lab_egress
from collectors._kit.protocols.http import HttpChannel
from collectors._kit.registry import discover
from collectors._kit.runner import Batch, Runner
from graph.facts import Answer, Content, Outcome
from graph.model.base import Entity, Fact
from graph.model.network import DomainName, NetworkService
from graph.model.record import DNSRecord
from graph.model.registry import make
from graph.model.web import URL
from lab import run
from lab.truth import Edge, Facts, Node, Truth

E = TypeVar("E", bound=Entity)

REGISTRY = discover(with_entry_points=False)


@dataclass
class World:
    """The running lab, a way into it, and what is true of it."""

    truth: Truth
    egress: Egress

    async def answers(self, collector: str, targets: Iterable[Entity]) -> list[Answer]:
        listed = REGISTRY.get(collector)
        taken = [target for target in targets if listed.manifest.accepts(target)]
        assert taken, f"nothing in the lab for {collector} to look at"
        batch = Batch(REGISTRY.make(collector), listed.manifest, taken, run="lab")
        return [answer async for answer in Runner(self.egress).run(batch)]

    async def about(self, collector: str, kind: str, key: str) -> dict[str, Answer]:
        """The answers about one entity, by part."""
        return {a.part: a for a in await self.answers(collector, [make(kind, key)])}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("lab")
    async with run(folder=folder) as lab:
        lab.state.write(folder / "state.json")
        yield World(Truth(lab.world), lab_egress(LabState.read(folder / "state.json")))


def closed(about: Entity, facts: Iterable[Fact]) -> Facts:
    """What is stated about an entity, with what the keys imply, beyond the entity itself.

    A claim about an entity always supports that entity; the truth lists what is found beyond it.
    """
    stated, known = whole(facts), whole([about])
    return Facts(stated.entities - known.entities, stated.relationships - known.relationships)


def whole(facts: Iterable[Fact]) -> Facts:
    """The facts with what their keys imply."""
    content = Content.of(facts)
    implied: list[Fact] = [*content.entities.values(), *content.relationships.values()]
    return Facts.of(implied)


def found(answers: Iterable[Answer]) -> Facts:
    """What a collector found, over all entities."""
    facts = Facts()
    for answer in answers:
        facts |= closed(answer.about, answer.facts)
    return facts


def expected(world: World, collector: str) -> Facts:
    """What it should have found."""
    facts = Facts()
    oracle = world.truth.oracles[collector]
    for about in world.truth.scanned:
        if REGISTRY.get(collector).manifest.accepts(about):
            facts |= closed(about, oracle.answer(world.truth.world, about))
    return facts


def difference(mine: Facts, true: Facts) -> tuple[set[Node | Edge], set[Node | Edge]]:
    """What is there and should not be, and what is missing."""
    return (
        {*(mine.entities - true.entities), *(mine.relationships - true.relationships)},
        {*(true.entities - mine.entities), *(true.relationships - mine.relationships)},
    )


NOTHING: tuple[set[Node | Edge], set[Node | Edge]] = (set(), set())


def values(facts: Iterable[Fact], kind: type[E], key: str) -> E:
    """The entity with this key as `facts` together state it."""
    found = Content.of(facts).entities[kind.__name__, key]
    assert isinstance(found, kind)
    return found


BOGUS = "orrery-labs.example"  # its signatures have expired, so resolvers refuse to answer


def errors(answers: Iterable[Answer]) -> list[str]:
    """Why anything failed, except for the zone that cannot be resolved."""
    failed = (a for a in answers if a.outcome is Outcome.ERROR and BOGUS not in a.about.key)
    return [f"{a.about.key} {a.part}: {a.reason}" for a in failed]


@pytest.mark.parametrize(
    "collector",
    [
        "dns.resolve",
        "dns.records",
        "dns.mailauth",
        "dns.reverse",
        "dns.wildcard",
        "dns.srv",
        "dns.axfr",
    ],
)
async def test_what_the_dns_says_is_found_and_nothing_else(world: World, collector: str) -> None:
    answers = await world.answers(collector, world.truth.scanned)
    assert difference(found(answers), expected(world, collector)) == NOTHING
    assert errors(answers) == []


async def test_a_zone_whose_signatures_do_not_hold_is_an_error_not_an_absence(world: World) -> None:
    answers = await world.about("dns.resolve", "DomainName", BOGUS)
    assert {a.outcome for a in answers.values()} == {Outcome.ERROR}
    assert all("SERVFAIL" in a.reason for a in answers.values())


@pytest.mark.parametrize("collector", ["tcp.connect", "tcp.banner", "tls.handshake"])
async def test_services_are_found_and_nothing_else(world: World, collector: str) -> None:
    answers = await world.answers(collector, world.truth.scanned)
    assert difference(found(answers), expected(world, collector)) == NOTHING
    assert errors(answers) == []


@pytest.mark.parametrize(
    "collector",
    [
        "http.probe",
        "http.favicon",
        "http.tech",
        "http.trackers",
        "http.extract",
        "http.wellknown",
        "http.exposed",
    ],
)
async def test_sites_are_found_and_nothing_else(world: World, collector: str) -> None:
    answers = await world.answers(collector, world.truth.scanned)
    assert difference(found(answers), expected(world, collector)) == NOTHING
    assert errors(answers) == []


async def test_properties_come_with_the_facts(world: World) -> None:
    """A sample: what rules read beyond keys."""
    cache = make("NetworkService", "tcp://203.0.113.28:6379")
    (greeting,) = (await world.about("tcp.banner", cache.label, cache.key)).values()
    redis = values(greeting.facts, NetworkService, cache.key)
    assert (redis.authentication, redis.product_name, redis.product_version) == (
        "none",
        "Redis",
        "5.0.3",
    )
    legacy = "tcp://203.0.113.32:443"
    shown = await world.about("tls.handshake", "NetworkService", legacy)
    old = values(shown["old_versions"].facts, NetworkService, legacy)
    assert (old.tls_versions, old.is_tls) == (("TLSv1.1",), True)
    login = "https://metrics.orrery-instruments.example/login"
    (page,) = (await world.about("http.extract", "URL", login)).values()
    panel = values(page.facts, URL, login)
    assert (panel.title, panel.has_password_form, panel.is_admin_panel) == ("Grafana", True, True)
    (head,) = (await world.about("http.headers", "URL", login)).values()
    policies = values(head.facts, URL, login)
    assert (policies.frame_options, policies.content_type_options) == ("deny", "nosniff")
    assert policies.missing_policies == (
        "content-security-policy",
        "referrer-policy",
        "strict-transport-security",
    )
    mail = await world.about("dns.mailauth", "DomainName", "orrery-instruments.example")
    dmarc = next(f for f in mail["dmarc"].facts if isinstance(f, DNSRecord))
    assert dmarc.dmarc_policy == "none"
    lapsed = values(mail["spf"].facts, DomainName, "starling-newsletter.example")
    assert lapsed.dns_status == "nonexistent"


async def test_a_page_is_asked_for_once_in_a_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    ask = HttpChannel.ask

    async def noting(
        channel: HttpChannel, request: HttpRequest, addresses: Sequence[str]
    ) -> HttpResponse:
        sent.append(request.url)
        return await ask(channel, request, addresses)

    monkeypatch.setattr(HttpChannel, "ask", noting)
    world.egress.pages.forget("lab")
    shop = "https://shop.orrery-instruments.example/"
    await world.about("http.probe", "DomainName", "shop.orrery-instruments.example")
    for collector in ("headers", "tech", "trackers", "extract", "favicon"):
        await world.about(f"http.{collector}", "URL", shop)
    assert sorted(sent) == [
        "http://shop.orrery-instruments.example/",
        shop,
        f"{shop}favicon.ico",
    ]
