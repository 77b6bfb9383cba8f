"""Whose mailbox it is, through the API and from the terminal."""

from __future__ import annotations

from typing import Any

from graph.store import Store
from tests.api.conftest import Caller, Command
from tests.api.test_matches import DECIDE, UNDO
from tests.support.resolving import EMPLOYEE, MAILBOX, SITES, STAFF, answer, tell

ASKED = "{ matches { nodes { id kind states left { key } right { key } } } }"
HAS = """query H($id: ID!) { entity(id: $id) { ... on Person {
  emails: links(types: [HAS_EMAIL]) {
    nodes { key } edges { link { why { collector observation { reason } } } } } } } }"""


async def brought_up(store: Store, caller: Caller) -> dict[str, Any]:
    """The match of a person and a mailbox."""
    await tell(store, caller.org, STAFF, SITES, answer(MAILBOX))
    (found,) = (await caller.ask(ASKED))["matches"]["nodes"]
    return dict(found)


async def test_accepting_states_whose_mailbox_it_is(caller: Caller, store: Store) -> None:
    found = await brought_up(store, caller)
    assert (found["kind"], found["states"]) == ("EmailAddress-Person", "HAS_EMAIL")
    about = EMPLOYEE.id_in(caller.org)

    made = (await caller.ask(DECIDE, ids=[found["id"]], verdict="ACCEPTED"))["decideMatches"]
    assert made["errors"] == []
    emails = (await caller.ask(HAS, id=about))["entity"]["emails"]
    assert emails["nodes"] == [{"key": MAILBOX.key}]
    (why,) = emails["edges"][0]["link"]["why"]
    assert why == {
        "collector": "identity",
        "observation": {"reason": f"{caller.email} accepted the match {found['id']}"},
    }

    taken = (await caller.ask(UNDO, ids=[found["id"]]))["undoMatches"]
    assert [each["state"] for each in taken["matches"]] == ["OPEN"]
    assert (await caller.ask(HAS, id=about))["entity"]["emails"]["nodes"] == []


async def test_the_terminal_says_what_accepting_does(
    caller: Caller, store: Store, mirage: Command
) -> None:
    found = await brought_up(store, caller)
    assert (await mirage("match", "show", found["id"], "--json"))["accepting"] == "states HAS_EMAIL"
