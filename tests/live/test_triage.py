"""What people make of findings, on a real Neo4j: moved on, given to somebody, set aside, with the record of it."""

from __future__ import annotations

from typing import Any

import pytest

from graph.correlate.acts import LONGEST_COMMENT
from graph.correlate.engine import Engine
from graph.correlate.triage import Stage, Step, seen_again
from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.store import Store
from tests.support.correlating import (
    MAIL,
    NEW,
    NOW,
    OLD,
    SITE,
    acting,
    day,
    findings,
    presents,
    rulebook,
    told,
    write,
)
from tests.support.facts import new_org

ACTS = """
MATCH (act:FindingAct {org: $org})-[:ABOUT]->(f:Finding)
RETURN act.by AS by, act.comment AS comment, act.fields AS fields, act.before AS before, act.after AS after
ORDER BY act.at, f.id
"""


async def found(store: Store, org: str, engine: Engine) -> list[str]:
    """Two findings: expired certificates at a site and at a mail server."""
    touched = await write(store, org, presents(SITE, OLD, day(-2)), presents(MAIL, OLD, day(-2)))
    await engine.evaluate(org, touched, NOW)
    return [finding["id"] for finding in await findings(store, org)]


async def stands(store: Store, org: str, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(f.get(name) for name in names) for f in await findings(store, org)]


async def test_findings_are_moved_on_together_with_a_record(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    both = await found(store, org, engine)

    step = Step(Stage.IN_PROGRESS, assignee="bob@example.com", due_at=day(9), sets_due=True)
    written = await acting(store, org, day(1)).move(both, step)
    assert [event.type for event in written.events] == ["finding.triaged"] * 2
    assert (
        await stands(store, org, "triage", "assignee") == [("IN_PROGRESS", "bob@example.com")] * 2
    )

    # What is so already is no act; what is said is one.
    assert (await acting(store, org, day(2)).move(both, Step(Stage.IN_PROGRESS))).events == ()
    await acting(store, org, day(3), by="bob@example.com").move(
        both[:1], Step(assignee="", sets_due=True, comment=" asked the vendor ")
    )
    acts = await store.read(ACTS, {"org": org})
    assert len(acts) == 3
    assert acts[0]["fields"] == ["TRIAGE", "ASSIGNEE", "DUE_AT"]
    assert acts[0]["before"] == ["NEW", "", ""]
    assert acts[0]["after"][:2] == ["IN_PROGRESS", "bob@example.com"]
    assert acts[2]["by"] == "bob@example.com"
    assert acts[2]["comment"] == "asked the vendor"
    assert acts[2]["fields"] == ["ASSIGNEE", "DUE_AT"]
    assert acts[2]["after"] == ["", ""]


async def test_an_act_that_is_sent_again_is_the_same_one(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    both = await found(store, org, engine)
    act = acting(store, org, day(1))
    for _ in range(2):
        await act.move(both, Step(Stage.ACKNOWLEDGED, comment="seen"))
    assert len(await store.read(ACTS, {"org": org})) == 2


async def test_all_are_changed_or_none(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    both = await found(store, org, engine)
    act, step = acting(store, org, day(1)), Step(Stage.ACKNOWLEDGED)
    with pytest.raises(NotFound, match="no finding none"):
        await act.move([*both, "none"], step)
    with pytest.raises(NotFound):
        await acting(store, new_org(), day(1)).move(both, step)
    await engine.evaluate(org, await write(store, org, presents(SITE, NEW, day(1))), day(1))
    with pytest.raises(Conflict, match="is closed"):
        await act.move(both, step)
    assert await stands(store, org, "triage") == [(None,), (None,)]
    await act.move(both, Step(comment="a closed finding can be spoken of"))


async def test_what_is_asked_has_to_make_sense(store: Store) -> None:
    act = acting(store, new_org(), NOW)
    with pytest.raises(InvalidQuestion, match="say what to change"):
        await act.move(["f"], Step())
    with pytest.raises(InvalidQuestion, match="comment: at most"):
        await act.move(["f"], Step(comment="x" * (LONGEST_COMMENT + 1)))
    with pytest.raises(InvalidQuestion, match="ids: give 1 to 500"):
        await act.move([], Step(Stage.NEW))
    with pytest.raises(InvalidQuestion, match="say why"):
        await act.suppress(["f"], " ")
    with pytest.raises(InvalidQuestion, match="in the future"):
        await act.suppress(["f"], "why", until=NOW)


async def test_what_comes_back_is_new_again(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    both = await found(store, org, engine)
    await acting(store, org, day(1)).move(both, Step(Stage.IN_PROGRESS, assignee="bob@example.com"))
    for number, certificate in ((2, NEW), (3, OLD)):
        touched = await write(store, org, presents(SITE, certificate, day(number)))
        await engine.evaluate(org, touched, day(number))
    by_key = {f["subject_key"]: f for f in await findings(store, org)}
    assert by_key[SITE.key].get("triage") is None
    assert by_key[SITE.key]["assignee"] == "bob@example.com"
    assert by_key[MAIL.key]["triage"] == "IN_PROGRESS"


async def test_what_was_said_to_be_mended_and_is_seen_again_is_new_again(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    both = await found(store, org, engine)
    await acting(store, org, day(1)).move(both, Step(Stage.RESOLVED))
    assert await seen_again(store, org, day(2)) is None

    touched = await write(store, org, presents(SITE, OLD, day(3)))
    await engine.evaluate(org, touched, day(3))
    written = await seen_again(store, org, day(3))

    assert written is not None
    assert [event.type for event in written.events] == ["finding.triaged"]
    stages = {f["subject_key"]: f["triage"] for f in await findings(store, org)}
    assert stages == {SITE.key: "NEW", MAIL.key: "RESOLVED"}
    assert (await store.read(ACTS, {"org": org}))[-1]["by"] == "mirage"
    assert await seen_again(store, org, day(4)) is None


async def test_a_suppressed_finding_stays_aside_until_its_time(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    touched = await write(store, org, presents(SITE, OLD, day(-2)))
    await engine.evaluate(org, touched, NOW)
    [finding] = await findings(store, org)

    aside = acting(store, org, day(1))
    written = await aside.suppress([finding["id"]], "replaced next week", until=day(10))
    assert [event.type for event in written.events] == ["finding.suppressed"]
    assert await stands(store, org, "state") == [("SUPPRESSED",)]

    # It closes and comes back, still aside, and nobody is told of its return.
    touched = await write(store, org, presents(SITE, NEW, day(2)))
    done = await engine.evaluate(org, touched, day(2))
    assert told(done.events) == [("finding.closed", "tls.expired")]
    touched = await write(store, org, presents(SITE, OLD, day(3)))
    assert (await engine.evaluate(org, touched, day(3))).events == []
    assert await stands(store, org, "state") == [("SUPPRESSED",)]

    assert (await engine.catch_up(org, day(9))).events == []
    late = await engine.catch_up(org, day(11))
    assert told(late.events) == [("finding.reopened", "tls.expired")]
    assert await stands(store, org, "state") == [("OPEN",)]


async def test_lifting_a_suppression_tells_again(store: Store) -> None:
    org, engine = new_org(), Engine(store, rulebook("tls.expired"))
    both = await found(store, org, engine)
    await acting(store, org, NOW).suppress(both, "test hosts")
    await engine.evaluate(org, await write(store, org, presents(SITE, NEW, day(1))), day(1))

    written = await acting(store, org, day(1), by="bob@example.com").lift(both, "they are not")

    # The one that closed meanwhile stays closed, and will be told of when it comes back.
    assert [event.type for event in written.events] == ["finding.reopened"]
    assert sorted(await stands(store, org, "state")) == [("CLOSED",), ("OPEN",)]
    kept = await store.read(
        "MATCH (s:Suppression {org: $org}) RETURN s.by AS by, s.reason AS reason, s.lifted_by AS lifted_by",
        {"org": org},
    )
    said = {"by": "ann@example.com", "reason": "test hosts", "lifted_by": "bob@example.com"}
    assert kept == [said, said]
    with pytest.raises(Conflict, match="not set aside"):
        await acting(store, org, day(2)).lift(both)
