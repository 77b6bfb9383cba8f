"""Which entities are one, on a real Neo4j: compared as they are written, decided, and undone exactly."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from graph.correlate.acts import LONGEST_COMMENT
from graph.errors import Conflict, InvalidQuestion, LimitExceeded, NotFound
from graph.facts import Answer, Outcome
from graph.identity import comparing
from graph.identity.comparing import Resolver
from graph.identity.deciding import Verdict
from graph.model.contact import EmailAddress, PhoneNumber
from graph.model.network import DomainName
from graph.model.party import LegalEntity
from graph.store import Store, Transaction
from graph.writer import Written
from tests.support.correlating import NOW, day, write
from tests.support.facts import new_org
from tests.support.resolving import (
    EXAMPLE,
    EXAMPLE_TOO,
    SITE,
    answer,
    deciding,
    happened,
    pairs,
    person,
    reached,
    same,
    states,
    tell,
    world,
)

JANE = person("1", "Jane Doe", "1980-05-01")
JANE_TOO = person("2", "Doe, Jane", "1980-05-01")
JANE_AGAIN = person("3", "Jane A. Doe", "1980-05")
ACCEPTED, REJECTED, DEFERRED = Verdict.ACCEPTED, Verdict.REJECTED, Verdict.DEFERRED


async def ids(store: Store, org: str) -> list[str]:
    return [pair["id"] for pair in await pairs(store, org)]


async def as_told(store: Store, org: str) -> list[tuple[Any, ...]]:
    return sorted(
        (*sorted((pair["left_key"], pair["right_key"])), pair["state"], pair["score"])
        for pair in await pairs(store, org)
    )


async def test_people_are_brought_up_and_never_decided_by_a_threshold(store: Store) -> None:
    org = new_org()
    number = PhoneNumber(number="+442079460018")
    first = await tell(store, org, answer(JANE, *reached(JANE, number)))
    assert first == []
    assert await tell(store, org, answer(JANE_TOO, *reached(JANE_TOO, number))) == [
        ("match.raised", 1)
    ]
    (pair,) = await pairs(store, org)
    assert pair["state"] == "OPEN"
    assert pair["score"] > 0.99
    assert '"phone",1.0,"+442079460018"' in pair["features"]
    assert await same(store, org) == set()
    # What was written before and is no other now is not compared again.
    assert await tell(store, org, answer(JANE_TOO, *reached(JANE_TOO, number), at=day(1))) == []


async def test_a_veto_keeps_two_apart_and_what_is_learned_ends_a_pair(store: Store) -> None:
    org = new_org()
    await tell(store, org, answer(JANE), answer(person("4", "Jane Doe", "1981-05-01")))
    assert await pairs(store, org) == []
    await tell(store, org, answer(person("5", "Jane Doe", "1980")))
    assert len(await pairs(store, org)) == 1  # with her who was born that year
    learned = answer(person("5", "Jane Doe", "1980-07-09"), at=day(1))
    gone = await tell(store, org, learned)
    assert gone == [("match.withdrawn", 1)]
    assert await pairs(store, org) == []


async def test_bodies_that_share_what_is_theirs_are_one_by_threshold(store: Store) -> None:
    org = new_org()
    assert await tell(
        store,
        org,
        answer(EXAMPLE, *reached(EXAMPLE, SITE)),
        answer(EXAMPLE_TOO, *reached(EXAMPLE_TOO, SITE)),
    ) == [("match.decided", 1), ("match.raised", 1)]
    assert await states(store, org) == ["ACCEPTED"]
    assert await same(store, org) == {frozenset((EXAMPLE.key, EXAMPLE_TOO.key))}

    # Without what they shared it is taken back, and comes back with it; nobody else had decided.
    await tell(store, org, answer(EXAMPLE_TOO, at=day(1)))
    assert await same(store, org) == set()
    await tell(store, org, answer(EXAMPLE_TOO, *reached(EXAMPLE_TOO, SITE), at=day(2)), now=day(2))
    assert await states(store, org) == ["ACCEPTED"]

    # Taken back by a person it stays so, whatever is written.
    await deciding(store, org, day(3)).undo(await ids(store, org), "the group's page, not theirs")
    await tell(
        store,
        org,
        answer(
            EXAMPLE_TOO,
            *reached(EXAMPLE_TOO, SITE, PhoneNumber(number="+442079460018")),
            at=day(4),
        ),
        now=day(4),
    )
    assert await states(store, org) == ["OPEN"]
    assert await same(store, org) == set()


async def test_what_is_decided_is_never_asked_again(store: Store) -> None:
    org = new_org()
    await tell(store, org, answer(JANE), answer(JANE_TOO))
    await deciding(store, org).decide(await ids(store, org), REJECTED, "twins")
    mail = EmailAddress(address="jane@example.org")
    events = await tell(
        store,
        org,
        answer(JANE, *reached(JANE, mail), at=day(1)),
        answer(JANE_TOO, *reached(JANE_TOO, mail), at=day(1)),
    )
    assert events == []
    assert await states(store, org) == ["REJECTED"]


async def test_undoing_restores_the_graph_also_after_later_data(store: Store) -> None:
    plain, decided = new_org(), new_org()
    answers = [answer(JANE), answer(JANE_TOO), answer(JANE_AGAIN)]
    later = answer(
        JANE_AGAIN, *reached(JANE_AGAIN, EmailAddress(address="jane@example.org")), at=day(2)
    )
    for org in (plain, decided):
        await tell(store, org, *answers)
    assert len(await pairs(store, decided)) == 3
    before = await world(store, decided)
    act = deciding(store, decided, day(1))
    await act.decide(await ids(store, decided), ACCEPTED)
    assert len(await same(store, decided)) == 3
    assert await world(store, decided) != before
    await deciding(store, decided, day(1)).undo(await ids(store, decided))
    assert await world(store, decided) == before

    await deciding(store, decided, day(1)).decide(await ids(store, decided), ACCEPTED)
    for org in (plain, decided):
        await tell(store, org, later)
    await deciding(store, decided, day(3)).undo(await ids(store, decided))
    assert await as_told(store, plain) == await as_told(store, decided)
    assert await same(store, decided) == set()
    # The record stays: six decisions, all of them withdrawn.
    record = await store.read(
        "MATCH (d:IdentityDecision {org: $org}) RETURN d.withdrawn_by AS by", {"org": decided}
    )
    assert [row["by"] for row in record] == ["ann@example.com"] * 6


async def test_what_contradicts_what_stands_is_refused_whole(store: Store) -> None:
    org = new_org()
    await tell(store, org, answer(JANE), answer(JANE_TOO), answer(JANE_AGAIN))
    one, other, third = await ids(store, org)
    await deciding(store, org).decide([one, other], ACCEPTED)
    before = await world(store, org)
    with pytest.raises(Conflict, match="one by way of others"):
        await deciding(store, org).decide([third], REJECTED)
    await deciding(store, org).undo([one])
    await deciding(store, org).decide([third], REJECTED)
    with pytest.raises(Conflict, match=f"take back the match {third} first"):
        await deciding(store, org).decide([one], ACCEPTED)
    await deciding(store, org).undo([third])
    await deciding(store, org).decide([one], ACCEPTED)
    assert await world(store, org) == before
    with pytest.raises(NotFound, match="no match none"):
        await deciding(store, org).decide([one, "none"], REJECTED)
    assert await world(store, org) == before


async def test_a_threshold_decides_nothing_that_contradicts(store: Store) -> None:
    org = new_org()
    third = LegalEntity(lei="529900T8BM49AURSDO55", name="Example Instruments Ltd")
    await tell(store, org, answer(EXAMPLE, *reached(EXAMPLE, SITE)), answer(third))
    _, stated = await deciding(store, org).state(
        EXAMPLE.id_in(org), third.id_in(org), REJECTED, "a namesake"
    )
    # Either would be one with the second; both cannot be.
    await tell(store, org, answer(third, *reached(third, SITE), at=day(1)), now=day(1))
    await tell(store, org, answer(EXAMPLE_TOO, *reached(EXAMPLE_TOO, SITE)), now=day(1))
    found = {pair["id"]: pair["state"] for pair in await pairs(store, org)}
    assert sorted(found.values()) == ["ACCEPTED", "OPEN", "REJECTED"]
    assert found[stated] == "REJECTED"


async def test_two_that_nothing_brought_up_are_decided_by_hand(store: Store) -> None:
    org = new_org()
    other = person("9", "J. Smith", "1980-05-02")
    await tell(store, org, answer(JANE), answer(other), answer(EXAMPLE))
    left, right = JANE.id_in(org), other.id_in(org)
    with pytest.raises(Conflict, match="overrule"):
        await deciding(store, org).state(left, right, ACCEPTED)
    (written,), id_ = await deciding(store, org).state(
        left, right, ACCEPTED, "married", overrules=True
    )
    assert [event.ids for event in written.events] == [(id_,)]
    assert await same(store, org) == {frozenset((JANE.key, other.key))}
    await deciding(store, org).undo([id_])
    assert await states(store, org) == ["WITHDRAWN"]
    assert await same(store, org) == set()
    with pytest.raises(InvalidQuestion, match="a LegalEntity and a Person are never one"):
        await deciding(store, org).state(EXAMPLE.id_in(org), left, ACCEPTED)
    with pytest.raises(InvalidQuestion, match="one with itself"):
        await deciding(store, org).state(left, left, ACCEPTED)
    with pytest.raises(NotFound, match="no entity none"):
        await deciding(store, org).state(left, "none", ACCEPTED)


async def test_what_is_asked_has_to_make_sense(store: Store) -> None:
    org = new_org()
    await tell(store, org, answer(JANE), answer(JANE_TOO))
    with pytest.raises(Conflict, match="nothing is decided"):
        await deciding(store, org).undo(await ids(store, org))
    with pytest.raises(InvalidQuestion, match="ids: give 1 to 500"):
        await deciding(store, org).decide([], ACCEPTED)
    with pytest.raises(InvalidQuestion, match="comment: at most"):
        await deciding(store, org).decide(["m"], DEFERRED, "x" * (LONGEST_COMMENT + 1))
    with pytest.raises(NotFound):
        await deciding(store, new_org()).decide(await ids(store, org), ACCEPTED)
    act = deciding(store, org)
    for _ in range(2):  # an act that is sent again is the same one
        await act.decide(await ids(store, org), DEFERRED, "asked the register")
    assert await states(store, org) == ["DEFERRED"]
    undo = deciding(store, org)
    for _ in range(2):
        await undo.undo(await ids(store, org))
    assert await states(store, org) == ["OPEN"]
    with pytest.raises(Conflict, match="nothing is decided"):
        await deciding(store, org).undo(await ids(store, org))
    record = "MATCH (d:IdentityDecision {org: $org}) RETURN count(d) AS decisions"
    assert await store.read(record, {"org": org}) == [{"decisions": 1}]


async def test_facts_stricter_than_the_entity_bring_nobody_together(store: Store) -> None:
    org = new_org()
    one, other = person("1", "J. Doe"), person("2", "Jane Doe")
    number = PhoneNumber(number="+442079460018")
    await tell(store, org, answer(one), answer(other))
    assert await pairs(store, org) == []
    secret = [
        answer(each, *reached(each, number), collector="informer", tlp="RED", at=day(1))
        for each in (one, other)
    ]
    await tell(store, org, *secret)
    assert await pairs(store, org) == []
    opened = [
        answer(each, *reached(each, number), collector="phone.book", at=day(2))
        for each in (one, other)
    ]
    assert await tell(store, org, *opened) == [("match.raised", 1)]


async def test_whoever_may_not_read_a_side_knows_of_no_pair(store: Store) -> None:
    org = new_org()
    await tell(store, org, answer(JANE), answer(JANE_TOO, tlp="RED"))
    (pair,) = await ids(store, org)
    with pytest.raises(NotFound, match=f"no match {pair}"):
        await deciding(store, org, readable=["", "GREEN"]).decide([pair], ACCEPTED)
    await deciding(store, org, readable=["", "RED"]).decide([pair], ACCEPTED)
    assert await states(store, org) == ["ACCEPTED"]


async def test_what_a_threshold_decided_ends_with_one_of_the_two(store: Store) -> None:
    org, about = new_org(), DomainName(name="register.example")
    both = (EXAMPLE, *reached(EXAMPLE, SITE), EXAMPLE_TOO, *reached(EXAMPLE_TOO, SITE))
    await tell(store, org, Answer(about, "list", Outcome.FOUND, NOW, NOW, both))
    assert await states(store, org) == ["ACCEPTED"]
    one = Answer(about, "list", Outcome.FOUND, day(1), day(1), both[:3])
    await tell(store, org, one, now=day(1))
    assert await states(store, org) == ["WITHDRAWN"]
    assert await same(store, org) == set()
    await tell(store, org, Answer(about, "list", Outcome.FOUND, day(2), day(2), both), now=day(2))
    assert await states(store, org) == ["ACCEPTED"]


async def test_what_was_stated_by_hand_is_no_candidate_once_taken_back(store: Store) -> None:
    org = new_org()
    one, other = person("1", "Zoe Amundsen", "1980-05-01"), person("2", "Bob Quist", "1980-05-02")
    await tell(store, org, answer(one), answer(other))
    before = await world(store, org)
    _, id_ = await deciding(store, org).state(
        one.id_in(org), other.id_in(org), ACCEPTED, "renamed", overrules=True
    )
    await deciding(store, org).undo([id_])
    assert await world(store, org) == before
    await deciding(store, org).state(one.id_in(org), other.id_in(org), REJECTED)
    await tell(store, org, answer(other, *reached(other, SITE), at=day(1)), now=day(1))
    await deciding(store, org, day(2)).undo([id_])
    assert await states(store, org) == ["WITHDRAWN"]


async def test_what_no_block_brings_up_is_no_candidate_however_alike(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = new_org()
    monkeypatch.setattr(comparing, "HUB", 1)  # what two have is a hub
    await tell(store, org, answer(JANE), answer(JANE_TOO))
    assert await pairs(store, org) == []
    _, id_ = await deciding(store, org).state(JANE.id_in(org), JANE_TOO.id_in(org), REJECTED)
    await tell(store, org, answer(JANE, *reached(JANE, SITE), at=day(1)), now=day(1))
    await deciding(store, org, day(2)).undo([id_])
    assert await states(store, org) == ["WITHDRAWN"]


async def test_entities_that_end_end_their_pairs(store: Store) -> None:
    org = new_org()
    about = DomainName(name="register.example")
    listed = Answer(about, "list", Outcome.FOUND, NOW, NOW, (JANE, JANE_TOO))
    assert await tell(store, org, listed) == [("match.raised", 1)]
    shorter = Answer(about, "list", Outcome.FOUND, day(1), day(1), (JANE,))
    assert await tell(store, org, shorter) == [("match.withdrawn", 1)]
    assert await pairs(store, org) == []
    back = Answer(about, "list", Outcome.FOUND, day(2), day(2), (JANE, JANE_TOO))
    assert await tell(store, org, back) == [("match.raised", 1)]


async def test_what_is_too_much_fails_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    org = new_org()
    too_much, whole = JANE_AGAIN.id_in(org), comparing._Comparison.carry_out

    async def carry_out(one: comparing._Comparison, tx: Transaction) -> Written | None:
        if too_much in one.ids:
            raise LimitExceeded("too long")
        return await whole(one, tx)

    monkeypatch.setattr(comparing._Comparison, "carry_out", carry_out)
    touched = await write(store, org, *map(answer, (JANE, JANE_TOO, JANE_AGAIN)))
    done = await Resolver(store).compare(org, touched, NOW)
    assert done.failed.keys() == {too_much}
    assert happened(done) == [("match.raised", 1)]


async def test_many_that_are_one_are_walked_in_no_time(store: Store) -> None:
    org = new_org()
    people = [person(f"{n}", "Jane Doe", "1980-05-01") for n in range(14)]
    await tell(store, org, *map(answer, people))
    found = await ids(store, org)
    assert len(found) == 91
    await deciding(store, org).decide(found, ACCEPTED)  # all with all
    with pytest.raises(Conflict, match="by way of others"):
        await deciding(store, org).decide(found[:1], REJECTED)


async def test_step_by_step_and_all_at_once_bring_up_the_same(store: Store) -> None:
    draw = random.Random(7)
    people = [
        person(f"{number}", name, birth)
        for number, (name, birth) in enumerate(
            itertools.product(
                ("Jane Doe", "Doe, Jane", "Jan Dough", "José García"), ("1980", "1980-05-01", None)
            )
        )
    ]
    values: list[EmailAddress | PhoneNumber | DomainName] = [
        EmailAddress(address="jane@example.org"),
        PhoneNumber(number="+442079460018"),
        DomainName(name="example.org"),
    ]
    stepwise, at_once = new_org(), new_org()
    last: dict[str, Answer] = {}
    for step in range(40):
        who = draw.choice(people)
        having = draw.sample(values, draw.randint(0, 2))
        last[who.key] = answer(who, *reached(who, *having), at=day(step))
        await tell(store, stepwise, last[who.key], now=day(step))
    # What was learned first makes no difference, but who was found there at all.
    await tell(store, at_once, *last.values())
    told = [await as_told(store, org) for org in (stepwise, at_once)]
    assert told[0] == told[1]
    assert len(told[0]) > 10
    # And so does comparing all again, of which nothing changed.
    assert happened(await Resolver(store).catch_up(stepwise, day(50))) == []
