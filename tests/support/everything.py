"""An organization that has something of everything: each kind, each relationship, and what is said and done about them.

`write_open` gives what anybody in it may read; `write_secret` adds to it, or to another organization, the same kinds of
things with values and ids of their own, marked or not.
"""

# ruff: noqa: E501 - statements of the graph read better whole
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from graph.correlate import rules
from graph.correlate.books import Rulebook
from graph.facts import Answer, Evidence
from graph.model.base import Entity, Relationship
from graph.model.network import DomainName
from graph.model.resolution import CnameTo
from graph.store import Store
from graph.writer import Writer
from server.jobs.spec import ScanSpec
from tests.support.facts import answer, moment
from tests.support.matched import (
    hidden_match,
    hidden_pair,
    match_hidden,
    match_open,
    open_match,
    pair_of,
    write_alike,
)
from tests.support.ontology import all_related, another_of_each, one_of_each
from tests.support.own_rules import TEXT
from tests.support.patterned import questions_hidden, questions_open
from tests.support.written_runs import write_run

Entities = Mapping[type[Entity], Entity]

FROM, AT, TO = (moment(second).isoformat() for second in (15, 25, 60))
STRIPES = "zebra"
"""A word that all secret texts have."""


@dataclass(frozen=True)
class Things:
    """What was written: the ids by which it can be asked for, by what they are ids of."""

    ids: Mapping[str, tuple[str, ...]]

    @property
    def all_ids(self) -> tuple[str, ...]:
        """Every id."""
        return tuple(each for some in self.ids.values() for each in some)


def names(*keys: str) -> list[DomainName]:
    """Names below one apex, whose states change over time."""
    return [DomainName(name=f"{key}.times.example") for key in keys]


def _alias() -> CnameTo:
    """A relationship of two names that are open."""
    new, back = names("new", "back")
    return CnameTo(source=new, target=back)


def _over_time() -> Iterator[Answer]:
    """Facts that appear, go, come back, change, and stay between FROM and TO."""
    new, gone, back, changed = names("new", "gone", "back", "changed")
    at = {"collector": "test.times"}
    yield answer(gone, 10, gone, **at)  # type: ignore[arg-type]
    yield answer(gone, 50, **at)  # type: ignore[arg-type]
    yield answer(back, 10, back, **at)  # type: ignore[arg-type]
    yield answer(back, 12, **at)  # type: ignore[arg-type]
    yield answer(back, 50, back, **at)  # type: ignore[arg-type]
    yield answer(new, 50, new, **at)  # type: ignore[arg-type]
    for second, status in ((10, "resolves"), (50, "no_addresses")):
        yield answer(changed, second, changed.model_copy(update={"dns_status": status}), **at)  # type: ignore[arg-type]


def answers_about(
    entities: Entities, links: Iterable[Relationship], second: float, **more: object
) -> Iterator[Answer]:
    """An answer about each entity that states it and the relationships that start from it."""
    by_start: dict[tuple[str, str], list[Relationship]] = {}
    for link in links:
        by_start.setdefault((link.source.label, link.source.key), []).append(link)
    for entity in entities.values():
        own = by_start.get((entity.label, entity.key), [])
        said = answer(entity, second, entity, *own, **more)  # type: ignore[arg-type]
        yield replace(
            said,
            evidence=(Evidence.of(entity.key.encode(), "text/plain", "https://source.example/"),),
        )


# --- what anybody may read ------------------------------------------------------------------------------------


def open_things(org: str) -> Things:
    """The ids of what `write_open` writes."""
    ones = one_of_each()
    about = ones[DomainName]
    links = [link.id_in(org) for link in all_related(ones, ones) if link.source == about]
    return Things(
        {
            "entity": (about.id_in(org), *(e.id_in(org) for e in ones.values() if e != about)),
            "link": tuple(links[:2]),
            "finding": (f"{org}-finding",),
            "note": (f"{org}-note-entity", f"{org}-note-finding"),
            "run": (f"{org}-run",),
            "scan": (f"{org}-scan",),
            "channel": (f"{org}-channel",),
            "delivery": (f"{org}-delivery",),
            "query": (f"{org}-query",),
            "match": (open_match(org),),
            "matched": pair_of(org),
            "alike": (f"{org}-alike",),
        }
    )


async def write_open(store: Store, org: str, user: str) -> Things:
    """Write what is open in an organization. The same each time, but for what depends on the organization's id."""
    ones, things = one_of_each(), open_things(org)
    ids = things.ids
    links = all_related(ones, ones)
    spec = ScanSpec(seeds=("www.example.com",))
    await write_run(store, org, user, (ids["scan"][0], ids["run"][0]), spec)
    said = answers_about(ones, links, 10, collector="test.open", run=ids["run"][0])
    await _write(store, org, [*said, *_over_time()])
    await store.execute(_REACH, {"run": ids["run"][0], "ids": list(ids["entity"])})
    subject = ids["entity"][0]
    basis = Basis(subject, [*ids["entity"][:3], *_ends(org, links, ids["link"])], ids["link"])
    await write_finding(store, org, ids["finding"][0], basis)
    await write_rating(store, org, subject)
    for note, about in zip(ids["note"], (subject, ids["finding"][0]), strict=True):
        await write_note(store, org, note, about, "Seen with my own eyes.")
    await _write_delivery(store, org, user, ids["delivery"][0])
    await write_alike(store, org, ids["alike"][0], names("new")[0].id_in(org), subject)
    await match_open(store, org, user)
    await questions_open(store, org, user, ids["query"][0])
    await settle(store, org)
    return things


def _ends(org: str, links: Iterable[Relationship], ids: Sequence[str]) -> list[str]:
    """The entities that some relationships lead to."""
    return [link.target.id_in(org) for link in links if link.id_in(org) in ids]


# --- what others may not ---------------------------------------------------------------------------------------


def secret_things(org: str) -> Things:
    """The ids of what `write_secret` writes."""
    ones, others = one_of_each(), another_of_each()
    seed = others[DomainName]
    links = [*all_related(ones, others), *all_related(others, ones), *all_related(others, others)]
    return Things(
        {
            "entity": (seed.id_in(org), *(e.id_in(org) for e in others.values() if e != seed)),
            "link": tuple(link.id_in(org) for link in links[:: len(links) // 7]),
            "finding": tuple(f"{org}-secret-finding-{n}" for n in range(4)),
            "note": tuple(f"{org}-secret-note-{n}" for n in range(3)),
            "run": (f"{org}-secret-run",),
            "scan": (f"{org}-secret-scan",),
            "delivery": (f"{org}-secret-delivery",),
            "query": (f"{org}-secret-query",),
            "match": (hidden_match(org),),
            "matched": hidden_pair(org)[1:],
            "alike": (f"{org}-secret-alike",),
        }
    )


async def write_secret(store: Store, org: str, user: str, tlp: str) -> Things:
    """Add things of every sort under a marking, beside and between what is open. All texts of theirs have STRIPES."""
    ones, others, things = one_of_each(), another_of_each(), secret_things(org)
    ids, known_run = things.ids, open_things(org).ids["run"][0]
    run, seed = ids["run"][0], others[DomainName]
    await write_run(store, org, user, (ids["scan"][0], run), ScanSpec(seeds=(seed.key,)))
    out = all_related(ones, others)
    made: dict[str, Any] = {"collector": f"test.{STRIPES}", "tlp": tlp}
    own = [*all_related(others, others), *all_related(others, ones)]
    said = [
        *answers_about(others, own, 20, run=run, **made),
        # About what is open, with what is not at the other end.
        *(replace(each, reason=STRIPES) for each in answers_about(ones, out, 20, run=known_run, **made)),
        # Of two that are open, that they belong together.
        answer(_alias().source, 55, _alias(), **made),
        # Somebody only looked, and found nothing.
        answer(DomainName(name=f"only-looked.{STRIPES}.example"), 20, **made),
    ]  # fmt: skip
    await _write(store, org, said)
    await store.execute(_REACH, {"run": run, "ids": list(ids["entity"])})
    await store.execute(_REACH, {"run": known_run, "ids": list(ids["entity"][:5])})
    await _conclude(store, org, things, out, tlp)
    await _write_delivery(store, org, user, ids["delivery"][0], tlp, STRIPES)
    known = open_things(org).ids["entity"][0]
    await write_alike(store, org, ids["alike"][0], seed.id_in(org), known)
    await match_hidden(store, org, user, tlp)
    await questions_hidden(store, org, f"{user}-other", ids["query"][0], (tlp, STRIPES))
    await store.execute(
        "MATCH (n:Entity {id: $id}) SET n.tags = [$tag]", {"id": ids["entity"][0], "tag": STRIPES}
    )
    await settle(store, org)
    return things


async def _conclude(
    store: Store, org: str, things: Things, out: Sequence[Relationship], tlp: str
) -> None:
    """Findings about, or resting on, what is hidden; notes about it, and hidden ones about what is open."""
    ids, open_id = things.ids, open_things(org).ids["entity"][0]
    secret_id = ids["entity"][0]
    alias = _alias()
    crossing = next(link for link in out if link.source.id_in(org) == open_id)
    bases = (
        Basis(secret_id, [secret_id]),
        Basis(open_id, [open_id, secret_id]),
        Basis(open_id, [open_id, crossing.target.id_in(org)], [crossing.id_in(org)]),
        Basis(alias.source.id_in(org), [alias.target.id_in(org)], [alias.id_in(org)]),
    )
    for finding, basis in zip(ids["finding"], bases, strict=True):
        await write_finding(store, org, finding, basis, STRIPES)
    await write_rating(store, org, secret_id, STRIPES)
    await write_note(store, org, ids["note"][0], open_id, STRIPES, tlp or None)
    await write_note(store, org, ids["note"][1], secret_id, STRIPES)
    await write_note(store, org, ids["note"][2], ids["finding"][0], STRIPES)


# --- single things ---------------------------------------------------------------------------------------------


async def _write(store: Store, org: str, said: Sequence[Answer]) -> None:
    async with Writer(store) as writer:
        for start in range(0, len(said), 20):
            await writer.write(org, said[start : start + 20])


async def settle(store: Store, org: str) -> None:
    """Let rules have looked at everything."""
    await store.execute("MATCH (o:Outbox {org: $org}) DELETE o", {"org": org})


_REACH = """
MATCH (r:Run {id: $run}) UNWIND $ids AS id MATCH (n:Entity {id: id})
MERGE (r)-[x:REACHED]->(n) SET x.distance = CASE id WHEN $ids[0] THEN 0 ELSE 1 END
WITH DISTINCT r SET r.reached = COUNT { (r)-[:REACHED]->() }
"""
_FINDING = """
MATCH (n:Entity {id: $subject})
CREATE (f:Finding {id: $id, org: $org, subject: $subject, rule: $rule, severity: 'HIGH', title: $title, state: 'OPEN',
  risk: 25.2, risk_exposure: 'UNKNOWN', risk_specificity: 1.0, risk_shared_by: 0, risk_is_common: false, risk_criticality: 'HIGH',
  fingerprint: $id, score: 0.5, confidence: 0.9, evidence: $evidence, evidence_relationships: $links, details: $details,
  opened_at: datetime('2026-01-01T00:00:30Z'), first_opened_at: datetime('2026-01-01T00:00:30Z'),
  changed_at: datetime('2026-01-01T00:00:30Z')})-[:ABOUT]->(n)
CREATE (f)-[:SUPPRESSED_BY]->(:Suppression {id: $id, org: $org, fingerprint: $id, rule: $rule, by: 'a@x.example',
  reason: $title, created_at: datetime('2026-01-01T00:00:40Z')})
CREATE (:FindingAct {id: $id, org: $org, at: datetime('2026-01-01T00:00:40Z'), by: 'a@x.example', comment: $title,
  fields: ['ASSIGNEE'], before: [''], after: [$title]})-[:ABOUT]->(f)
WITH f UNWIND $evidence AS id MATCH (m:Entity {id: id}) CREATE (f)-[:RESTS_ON]->(m)
"""


@dataclass(frozen=True)
class Basis:
    """What a finding is about and rests on, by ids."""

    subject: str
    evidence: Sequence[str]
    links: Sequence[str] = ()


async def write_finding(
    store: Store, org: str, finding: str, basis: Basis, text: str = "Something"
) -> None:
    """Write a finding as the engine does."""
    await store.execute(
        _FINDING,
        {
            "id": finding,
            "org": org,
            "subject": basis.subject,
            "evidence": list(basis.evidence),
            "links": list(basis.links),
            "title": text,
            "details": orjson.dumps({"text": text}).decode(),
            "rule": next(iter(rules.load())),
        },
    )


async def write_rating(store: Store, org: str, entity: str, text: str = "It is ours.") -> None:
    """Write how much an asset matters as `rating/upsert_ratings` does."""
    await store.execute(
        "MATCH (n:Entity {id: $entity}) MERGE (r:AssetRating {id: $entity + '-rating'}) SET r.org = $org, r.entity = $entity,"
        " r.criticality = 'HIGH', r.reason = $text, r.by = 'a@x.example', r.at = datetime('2026-01-01T00:00:45Z')"
        " MERGE (r)-[:RATES]->(n)",
        {"org": org, "entity": entity, "text": text},
    )


async def write_note(
    store: Store, org: str, note: str, about: str, text: str, tlp: str | None = None
) -> None:
    """Write a note as `note/upsert_note` does."""
    await store.execute(
        "MATCH (s:Entity|Finding {id: $about}) CREATE (:Note {id: $id, org: $org, about: $about, text: $text, author: 'a@x.example',"
        " created_at: datetime('2026-01-01T00:00:35Z'), tlp: $tlp})-[:ABOUT]->(s)",
        {"id": note, "org": org, "about": about, "text": text, "tlp": tlp},
    )


_DELIVERY = """
MERGE (c:Channel {id: $channel}) ON CREATE SET c.org = $org, c.module = 'webhook', c.name = 'hooks',
  c.options = '{"url": "https://hooks.example.com/"}', c.events = ['finding.opened'], c.least_severity = 'INFO',
  c.ceiling = 'RED', c.is_enabled = true, c.created_by = $user, c.created_at = datetime('2026-01-01T00:00:05Z'),
  c.changed_by = $user, c.changed_at = datetime('2026-01-01T00:00:05Z')
CREATE (:Delivery {id: $id, org: $org, channel: $channel, event: 'finding.opened', tlp: $tlp, fingerprint: $id, is_test: false,
  state: 'DEAD', tries: 3, tries_before: 0, reason: $reason, created_at: datetime('2026-01-01T00:00:31Z'),
  begun_at: datetime('2026-01-01T00:00:31Z'), ended_at: datetime('2026-01-01T00:00:50Z')})
"""


async def _write_delivery(
    store: Store, org: str, user: str, delivery: str, tlp: str = "", reason: str = "HTTP 404"
) -> None:
    """Write something that could not be sent, over a channel that is made with the first of it."""
    channel = open_things(org).ids["channel"][0]
    given = {"org": org, "user": user, "channel": channel}
    await store.execute(_DELIVERY, {**given, "id": delivery, "tlp": tlp, "reason": reason})


_ACCOUNTS = """
MATCH (u:User {id: $user})-[:HAS_MEMBERSHIP]->(m:Membership {org: $org})
CREATE (m)-[:ON]->(:Team {id: randomUUID(), org: $org, name: $word, created_at: datetime()}),
  (:Role {id: randomUUID(), org: $org, name: $word, permissions: ['READ_GRAPH'], created_at: datetime()}),
  (:Invitation {id: randomUUID(), org: $org, email: $word + '@users.example', role: 'VIEWER', clearance: 'CLEAR', teams: [],
    hash: randomUUID(), invited_by: $user, created_at: datetime(), sent_at: datetime(), expires_at: datetime() + duration('P1D')}),
  (:Secret {id: randomUUID(), org: $org, source: $word, name: 'token', version: 1, key_version: '1', sealed: $word, created_by: $user,
    created_at: datetime(), set_at: datetime(), changes: []}),
  (:ModuleSetting {id: randomUUID(), org: $org, module: 'dns.records', version: 1, is_enabled: false, options: $options, set_by: $user,
    set_at: datetime(), changes: [], all_enabled: [false], all_options: [$options], all_by: [$user], all_at: [datetime()]}),
  (:ModuleHealth {id: randomUUID(), org: $org, module: 'dns.records', failures: 3, openings: 1, fault: 'DEATH', detail: $word,
    failed_at: datetime(), since: datetime(), until: datetime() + duration('P1D')}),
  (:Configuration {id: randomUUID(), org: $org, number: 1, values: $values, changes: []}),
  (:ConfigurationVersion {id: randomUUID(), org: $org, number: 1, values: $values, set_by: $user, set_at: datetime(), reason: $word}),
  (:LegalHold {id: randomUUID(), org: $org, reason: $word, set_by: $user, set_at: datetime(), lifted_by: $user, lifted_at: datetime(),
    lift_reason: $word}),
  (u)-[:HAS_SESSION]->(:Session {id: randomUUID(), user: $user, org: $org, kind: 'browser', hash: randomUUID(), rotations: [], former: [],
    method: 'password', address: '192.0.2.1', agent: $word, client: '', device: '', created_at: datetime(), last_seen_at: datetime(),
    rotated_at: datetime(), expires_at: datetime() + duration('P1D')}),
  (:RuleSetting {id: randomUUID(), org: $org, rule: 'own.' + $word, number: 1, text: $text, parameters: '{}', is_enabled: true, set_by: $user,
    set_at: datetime(), comment: $word, changes: [], subject: 'NetworkService', explanation: $word, remediation: $word, references: [$word]}),
  (:RuleVersion {id: randomUUID(), org: $org, rule: 'own.' + $word, number: 1, text: $text, parameters: '{}', is_enabled: true, set_by: $user,
    set_at: datetime(), comment: $word}),
  (:Rule {id: randomUUID(), org: $org, rule: 'tls.expired', failed_digest: $failed, failure: $word, failed_at: datetime()})
"""


async def write_accounts(store: Store, org: str, user: str, word: str) -> None:
    """Write what an organization has besides its graph: a team, a role, an invitation, a secret, a module's setting and health,
    a session, a legal hold, a rule of its own, and one that failed.

    All of them are named `word`, or hold it.
    """
    options = orjson.dumps({"word": word}).decode()
    values = orjson.dumps({"scans.exclude": [f"{word}.example"]}).decode()
    text = TEXT.replace("Mail server open", f"{word} server open")
    failed = Rulebook.of().digest(rules.load()["tls.expired"])
    given = {"org": org, "user": user, "word": word, "options": options, "values": values}
    await store.execute(_ACCOUNTS, {**given, "text": text, "failed": failed})
