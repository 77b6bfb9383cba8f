"""Whose mailbox it is, on a real Neo4j: brought up with people, stated where that is accepted, and taken back."""

from __future__ import annotations

from typing import Any

import pytest

from graph.correlate.anchors import Touched
from graph.facts import Answer, Outcome
from graph.identity.comparing import Resolver
from graph.identity.deciding import Verdict
from graph.model.affiliation import Authored, EmployedBy, HasEmail, OwnsAccount
from graph.model.base import Entity
from graph.model.contact import EmailAddress, RegisteredWith, UserAccount
from graph.model.file import File
from graph.model.linkage import ContainsData
from graph.queries.identity import FIND_MEMBERS_AT, ManyAtParams
from graph.store import Store
from tests.support.correlating import NOW, day
from tests.support.facts import new_org
from tests.support.resolving import EMPLOYEE as JANE
from tests.support.resolving import (
    EXAMPLE,
    MAILBOX,
    SITES,
    STAFF,
    answer,
    deciding,
    happened,
    pairs,
    person,
    same,
    states,
    tell,
)

ELSEWHERE = EmailAddress(address="jane.doe@gmail.com")
HELD = """
MATCH (who:Entity {id: $who})-[has:HAS_EMAIL]->(box:Entity)
WHERE has.holds_since IS NOT NULL
RETURN box.key AS key, has.id AS id, coalesce(has.tlp, '') AS tlp
"""
WHY = """
MATCH (c:Claim {org: $org}) WHERE c.collector = 'identity' RETURN c.part AS part
"""


async def mailboxes(store: Store, org: str, who: Entity = JANE) -> list[dict[str, Any]]:
    """The mailboxes that somebody has now."""
    return [dict(row) for row in await store.read(HELD, {"who": who.id_in(org)})]


async def match_of(store: Store, org: str) -> str:
    """The only pair."""
    (pair,) = await pairs(store, org)
    return str(pair["id"])


async def compared_again(store: Store, org: str, *entities: Entity) -> list[tuple[str, int]]:
    """What comparing these anew does to pairs."""
    touched = Touched(frozenset(each.id_in(org) for each in entities), {})
    return happened(await Resolver(store).compare(org, touched, NOW))


async def test_a_mailbox_is_brought_up_with_whom_it_may_be_named_after(store: Store) -> None:
    org = new_org()
    told = await tell(store, org, STAFF, SITES, answer(MAILBOX))
    assert told == [("match.raised", 1)]
    (pair,) = await pairs(store, org)
    assert {pair["left_key"], pair["right_key"]} == {JANE.key, MAILBOX.key}
    assert (pair["kind"], pair["states"], pair["state"]) == (
        "EmailAddress-Person",
        "HAS_EMAIL",
        "OPEN",
    )
    assert pair["score"] > 0.85
    assert await mailboxes(store, org) == [], "nothing is stated before somebody decides"


@pytest.mark.parametrize(
    "address", ["jane.doe@gmail.com", "jdoe@example-instruments.com", "jane@other.example"]
)
async def test_a_name_alone_is_too_little(store: Store, address: str) -> None:
    org = new_org()
    box = EmailAddress(address=address)
    await tell(store, org, answer(JANE), SITES, answer(box))
    assert await pairs(store, org) == []


async def test_a_mailbox_of_a_function_is_nobody_s(store: Store) -> None:
    org = new_org()
    named_so = person("7", "Post Master")
    box = EmailAddress(address="postmaster@example-instruments.com")
    works = answer(named_so, EmployedBy(source=named_so, target=EXAMPLE))
    await tell(store, org, works, SITES, answer(box))
    assert await pairs(store, org) == []


@pytest.mark.parametrize("count", [1, 21])
async def test_what_names_few_tells_whose_a_mailbox_is(store: Store, count: int) -> None:
    """An account of hers that was made with the address; of an account with very many addresses nothing is learned."""
    org = new_org()
    account = UserAccount(platform="github", handle="jd")
    others = [EmailAddress(address=f"b{n}@gmail.com") for n in range(count - 1)]
    made = [RegisteredWith(source=account, target=each) for each in (ELSEWHERE, *others)]
    owns = answer(JANE, OwnsAccount(source=JANE, target=account))
    await tell(store, org, owns, answer(account, *made), answer(ELSEWHERE))
    assert await states(store, org) == (["OPEN"] if count == 1 else [])


async def test_a_document_that_names_it_counts_from_when_it_is_known(store: Store) -> None:
    org = new_org()
    paper = File(sha256="a" * 64)
    account = answer(JANE, HasEmail(source=JANE, target=MAILBOX))
    holds = answer(paper, ContainsData(source=paper, target=ELSEWHERE), at=day(1))
    await tell(store, org, account, answer(ELSEWHERE))
    assert await tell(store, org, holds, now=day(1)) == [], "she is not known to have written it"
    wrote = answer(JANE, Authored(source=JANE, target=paper), at=day(2), collector="other.look")
    assert await tell(store, org, wrote, now=day(2)) == [("match.raised", 1)]


async def test_accepting_states_it_and_taking_back_withdraws_it(store: Store) -> None:
    org = new_org()
    await tell(store, org, STAFF, SITES, answer(MAILBOX))
    match = await match_of(store, org)
    decided, stated = await deciding(store, org, day(1)).decide([match], Verdict.ACCEPTED)
    assert [event.type for event in decided.events] == ["match.decided"]
    assert "relationship.created" not in {event.type for event in stated.events}
    assert {JANE.id_in(org), MAILBOX.id_in(org)} <= set(stated.touched)
    assert [each["key"] for each in await mailboxes(store, org)] == [MAILBOX.key]
    assert await same(store, org) == set(), "a person and a mailbox are not one"
    (claim,) = await store.read(WHY, {"org": org})
    assert claim["part"] == match

    assert await compared_again(store, org, JANE, MAILBOX) == []
    assert await states(store, org) == ["ACCEPTED"]

    await deciding(store, org, day(2)).undo([match])
    assert await mailboxes(store, org) == []
    assert await states(store, org) == ["OPEN"]
    assert await compared_again(store, org, JANE, MAILBOX) == []
    assert await states(store, org) == ["OPEN"], "it is a question again"


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.DEFERRED])
async def test_another_verdict_withdraws_it_too(store: Store, verdict: Verdict) -> None:
    org = new_org()
    await tell(store, org, STAFF, SITES, answer(MAILBOX))
    match = await match_of(store, org)
    await deciding(store, org, day(1)).decide([match], verdict)
    assert await store.read(WHY, {"org": org}) == [], "nothing was ever stated"
    await deciding(store, org, day(2)).decide([match], Verdict.ACCEPTED)
    assert len(await mailboxes(store, org)) == 1
    await deciding(store, org, day(3)).decide([match], verdict)
    assert await mailboxes(store, org) == []


async def test_what_sources_say_beside_it_stays(store: Store) -> None:
    org = new_org()
    await tell(store, org, STAFF, SITES, answer(MAILBOX))
    match = await match_of(store, org)
    await deciding(store, org, day(1)).decide([match], Verdict.ACCEPTED)
    known = answer(JANE, HasEmail(source=JANE, target=MAILBOX), at=day(2), collector="other.look")
    await tell(store, org, known, now=day(2))
    await deciding(store, org, day(3)).undo([match])
    assert len(await mailboxes(store, org)) == 1
    assert await states(store, org) == ["WITHDRAWN"], "what is known is no question"
    assert await compared_again(store, org, JANE, MAILBOX) == []
    gone = Answer(JANE, "other.look", Outcome.ABSENT, day(4), day(4))
    assert await tell(store, org, gone, now=day(4)) == [("match.raised", 1)]


async def test_what_is_known_already_is_not_asked(store: Store) -> None:
    org = new_org()
    known = answer(JANE, HasEmail(source=JANE, target=MAILBOX), collector="other.look")
    await tell(store, org, STAFF, SITES, answer(MAILBOX), known)
    assert await pairs(store, org) == []
    gone = Answer(JANE, "other.look", Outcome.ABSENT, day(1), day(1))
    assert await tell(store, org, gone, now=day(1)) == [("match.raised", 1)]
    assert await tell(
        store, org, answer(JANE, known.facts[1], at=day(2), collector="other.look"), now=day(2)
    ) == [("match.withdrawn", 1)]


async def test_what_is_stated_is_marked_as_its_sides_are(store: Store) -> None:
    org = new_org()
    confidential = answer(MAILBOX, tlp="RED")
    await tell(store, org, STAFF, SITES, confidential)
    match = await match_of(store, org)
    await deciding(store, org, day(1)).decide([match], Verdict.ACCEPTED)
    (held,) = await mailboxes(store, org)
    assert held["tlp"] == "RED"


async def test_both_stay_two_at_every_moment(store: Store) -> None:
    """Identities of the past go by decisions; that a mailbox is somebody's makes them no identity."""
    org = new_org()
    await tell(store, org, STAFF, SITES, answer(MAILBOX))
    await deciding(store, org, day(1)).decide([await match_of(store, org)], Verdict.ACCEPTED)
    asked = ManyAtParams(org=org, readable=None, ids=[JANE.id_in(org)], at=day(2))
    (row,) = await store.fetch(FIND_MEMBERS_AT.bind(asked))
    assert row.members == [JANE.id_in(org)]
