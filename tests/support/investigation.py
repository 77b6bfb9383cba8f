"""A small organization whose graph has everything that reading must get right, written by the real write path.

Facts that hold, closed, come back, change their values and gain support; several collectors; hubs; loops of kinds;
tags and markings; runs with their seeds; findings; notes. The same seed gives the same graph but for the organization's id.
"""

# ruff: noqa: E501 - statements of the graph read better whole
from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from graph.correlate import rules
from graph.facts import Answer, Evidence, Outcome
from graph.model.base import Fact
from graph.model.network import DomainName, HasPort, IPAddress, NetworkService
from graph.model.registry import kinds
from graph.model.resolution import CnameTo, MailHandledBy, ResolvesTo
from graph.store import Store
from graph.writer import Writer
from tests.support.facts import moment, new_org

DAYS = 8
DAY_S = 86_400.0
RUNS = ("run-a", "run-b")
MARKS = ("", "", "", "CLEAR", "GREEN", "AMBER", "RED")

URL = kinds()["URL"]


@dataclass(frozen=True)
class Investigation:
    """The organization, a foreign one with the same facts, and names to ask for."""

    org: str
    foreign: str
    names: tuple[DomainName, ...]
    addresses: tuple[IPAddress, ...]
    ids: tuple[str, ...]


def _names() -> tuple[DomainName, ...]:
    apexes = [DomainName(name=f"{word}.example") for word in ("orrery", "planet", "quadrant")]
    hosts = [
        DomainName(name=f"{host}.{apex.name}")
        for apex in apexes
        for host in ("www", "mail", "dev", "a.b", "vpn")
    ]
    return (*apexes, *hosts, DomainName(name="bücher.example"))


def _addresses() -> tuple[IPAddress, ...]:
    return tuple(IPAddress(address=f"192.0.2.{n}") for n in range(1, 9))


def _facts(
    draw: random.Random,
    about: DomainName,
    names: tuple[DomainName, ...],
    addresses: tuple[IPAddress, ...],
) -> Iterator[Fact]:
    status = draw.choice([None, "resolves", "no_addresses", "nonexistent"])
    yield about.model_copy(
        update={
            "dns_status": status,
            "has_wildcard": draw.choice([None, True, False]),
            "aliases": draw.choice([(), (about.name.upper(),)]),
        }
    )
    for address in draw.sample(addresses, draw.randint(0, 3)):
        valid = draw.choice([None, "2020-01-01T00:00:00Z", "2021-06-01T12:30:00.250Z"])
        yield ResolvesTo(
            source=about, target=address, rrtype=draw.choice(["A", "AAAA"]), valid_from=valid
        )
    if draw.random() < 0.3:
        yield CnameTo(source=about, target=draw.choice(names))
    if draw.random() < 0.4:
        for preference in draw.sample([10, 20, 30], draw.randint(1, 2)):
            yield MailHandledBy(source=about, target=draw.choice(names), preference=preference)


def _services(draw: random.Random, about: IPAddress) -> Iterator[Fact]:
    for port in draw.sample([22, 25, 80, 443, 8443], draw.randint(1, 3)):
        service = NetworkService(
            transport="tcp", address=about.address, port=port, state="open",
            service_name=draw.choice([None, "https", "ssh"]), tls_versions=draw.choice([(), ("TLSv1.2",), ("TLSv1.2", "TLSv1.3")]),
            is_tls=draw.choice([None, True, False]),
        )  # fmt: skip
        yield HasPort(source=about, target=service)


def answers(seed: int) -> Iterator[Answer]:
    """What collectors answered over some days, in the order of time."""
    draw = random.Random(seed)
    names, addresses = _names(), _addresses()
    for day in range(DAYS):
        run = RUNS[0] if day < DAYS // 2 else RUNS[1]
        for about in draw.sample(names, 9):
            at = moment(day * DAY_S + draw.randint(0, 80_000) + draw.choice([0, 0.25]))
            facts = tuple(_facts(draw, about, names, addresses)) if draw.random() < 0.8 else ()
            outcome = Outcome.FOUND if facts else draw.choice([Outcome.ABSENT, Outcome.ERROR])
            yield Answer(
                about, draw.choice(["dns.resolve", "dns.records"]), outcome, at, at, facts,
                reliability=draw.choice([0.8, 0.9]), run=run, reason="" if facts else "no answer",
                evidence=(Evidence.of(f"{day}{about.name}".encode(), "text/plain"),) if facts else (),
            )  # fmt: skip
        for host in draw.sample(addresses, 3):
            at = moment(day * DAY_S + 80_000 + draw.randint(0, 5_000))
            yield Answer(
                host,
                "tcp.connect",
                Outcome.FOUND,
                at,
                at,
                tuple(_services(draw, host)),
                reliability=0.95,
                run=run,
            )
    page = URL(url="https://www.orrery.example/login?x=1")
    at = moment(3 * DAY_S)
    yield Answer(page, "http.probe", Outcome.FOUND, at, at, (page,), reliability=0.9, run=RUNS[0])


_MARKS = """
MATCH (n:Entity {org: $org}) WITH n ORDER BY n.id WITH collect(n) AS found
FOREACH (i IN range(0, size(found) - 1, 3) | FOREACH (n IN [found[i]] | SET n.tags = ['known', 'b-tag']))
FOREACH (i IN range(1, size(found) - 1, 5) | FOREACH (n IN [found[i]] | SET n.tags = ['a-tag']))
"""
_LINK_MARKS = """
MATCH (:Entity {org: $org})-[r:RESOLVES_TO]->() WITH r ORDER BY r.id LIMIT 7 SET r.tags = ['seen']
"""
_RUNS = """
UNWIND $runs AS run
MERGE (r:Run {id: $org + run}) ON CREATE SET r.org = $org, r.started_by = 'somebody', r.state = 'FINISHED', r.ended_at = CASE run WHEN 'run-a' THEN datetime('2026-01-05T00:00:00Z') ELSE datetime('2026-01-09T00:00:00Z') END
SET r.named = CASE run WHEN 'run-b' THEN COLLECT { MATCH (n:Entity {org: $org, tlp: 'RED'}) RETURN n.id ORDER BY n.id LIMIT 1 } END
WITH r, run
MATCH (n:Entity {org: $org}) WHERE EXISTS { MATCH (o:Observation {run: $org + run})-[:OF|PRODUCED]->(n) }
CREATE (r)-[:REACHED {distance: CASE WHEN n.key ENDS WITH 'orrery.example' AND n:Apex THEN 0 ELSE 1 END}]->(n)
"""
_FINDINGS = """
MATCH (n:DomainName {org: $org}) WHERE n.key IS NOT NULL WITH n ORDER BY n.key LIMIT 8
UNWIND ['OPEN', 'CLOSED'] AS state
CREATE (f:Finding {id: n.id + state, org: $org, subject: n.id, severity: 'HIGH', title: 'Something', state: state,
  fingerprint: n.key, score: 0.5, confidence: 0.75, details: '{"port": 80}', changed_at: datetime('2026-01-06T00:00:00Z'),
  first_opened_at: datetime('2026-01-02T00:00:00Z'), opened_at: datetime('2026-01-02T00:00:00Z') + duration({hours: size(n.key)}),
  rule: CASE state WHEN 'OPEN' THEN $rule ELSE 'gone.rule' END,
  closed_at: CASE state WHEN 'CLOSED' THEN datetime('2026-01-05T00:00:00Z') END,
  past: CASE state WHEN 'CLOSED' THEN [datetime('2026-01-01T06:00:00Z'), datetime('2026-01-01T18:00:00Z')] END,
  risk: CASE state WHEN 'OPEN' THEN 18.5 END, risk_exposure: 'ANSWERS', risk_specificity: 0.6, risk_shared_by: 100, risk_is_common: false,
  risk_criticality: 'HIGH'})-[:ABOUT]->(n)
SET f.evidence = COLLECT { MATCH (n)-[:RESOLVES_TO|CNAME_TO]-(m) RETURN DISTINCT m.id AS id ORDER BY id LIMIT 3 },
    f.evidence_relationships = COLLECT { MATCH (n)-[r:RESOLVES_TO|CNAME_TO]-() RETURN r.id AS id ORDER BY id LIMIT 2 }
WITH f UNWIND f.evidence AS id MATCH (m:Entity {id: id}) CREATE (f)-[:RESTS_ON]->(m)
"""
_NOTES = """
CALL () {
  MATCH (n:Entity {org: $org}) WHERE n.key IS NOT NULL RETURN n ORDER BY n.id LIMIT 30
  UNION ALL
  MATCH (n:Finding {org: $org}) RETURN n ORDER BY n.id LIMIT 10
}
UNWIND range(1, 3) AS number
CREATE (:Note {id: n.id + number, org: $org, about: n.id, text: 'Note ' + number, author: 'a@x.example', tlp: CASE number WHEN 2 THEN 'AMBER' END,
  created_at: datetime('2026-01-04T00:00:00Z') + duration({seconds: number / 2})})-[:ABOUT]->(n)
"""
# Three names are one by and by; two were, and it was taken back.
_SAME = """
MATCH (n:DomainName {org: $org}) WHERE n.key IS NOT NULL WITH n ORDER BY n.key WITH collect(n) AS found
UNWIND [[0, 1, 2, null], [1, 2, 4, null], [5, 4, 2, 6]] AS joined
WITH found[joined[0]] AS one, found[joined[1]] AS other, joined[2] AS since, joined[3] AS until
WITH one, other, datetime({year: 2026, month: 1, day: since}) AS since,
     CASE WHEN until IS NOT NULL THEN datetime({year: 2026, month: 1, day: until}) END AS until
CREATE (one)<-[:COMPARES]-(pair:Match {id: one.id + other.id, org: $org, state: 'ACCEPTED', score: 0.9})-[:COMPARES]->(other)
CREATE (:IdentityDecision {id: pair.id, org: $org, verdict: 'ACCEPTED', at: since, withdrawn_at: until})-[:DECIDES]->(pair)
FOREACH (_ IN CASE WHEN until IS NULL THEN [1] ELSE [] END | CREATE (one)-[:SAME_AS {id: pair.id, org: $org}]->(other))
"""


async def write_investigation(store: Store, seed: int = 7) -> Investigation:
    """Write the organization, and a foreign one with the same facts."""
    org, foreign = new_org(), new_org()
    for each in (org, foreign):
        await write_graph(store, each, seed)
    return investigation_of(org, foreign)


def investigation_of(org: str, foreign: str) -> Investigation:
    """What may be asked for in an organization beside a foreign one."""
    names, addresses = _names(), _addresses()
    known = [*(n.id_in(org) for n in names), *(a.id_in(org) for a in addresses)]
    return Investigation(
        org, foreign, names, addresses, (*known, names[0].id_in(foreign), "unknown")
    )


async def write_graph(store: Store, org: str, seed: int) -> None:
    """Write what a seed gives into an organization; entities have the same keys whatever the seed."""
    async with Writer(store) as writer:
        marks = random.Random(seed)
        batch = [_in_run(org, each, marks.choice(MARKS)) for each in answers(seed)]
        for start in range(0, len(batch), 10):
            await writer.write(org, batch[start : start + 10])
    await store.execute(_MARKS, {"org": org})
    await store.execute(_LINK_MARKS, {"org": org})
    await store.execute(_RUNS, {"org": org, "runs": list(RUNS)})
    await store.execute(_FINDINGS, {"org": org, "rule": next(iter(rules.load()))})
    await store.execute(_NOTES, {"org": org})
    await store.execute(_SAME, {"org": org})


def _in_run(org: str, given: Answer, tlp: str) -> Answer:
    """Runs have ids of the organization's own."""
    return Answer(**{**vars(given), "run": org + given.run, "tlp": tlp})
