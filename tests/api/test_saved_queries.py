"""Saved queries: kept by name, asked by name, each within what whoever asks may read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.store import Store
from graph.writer import Writer
from server.graphql.library import Library
from server.jobs.queue import Queue
from tests.api.conftest import Caller, Command, MakeCaller
from tests.api.test_documents import knowing
from tests.support.correlating import MAIL, OLD, SITE, day, presents

ABOUT = "id name document variables description isShared marking owner number"
SAVE = f"""mutation S($input: SaveQueryInput!) {{
  saveQuery(input: $input) {{ query {{ {ABOUT} }} errors {{ code message }} }} }}"""
DELETE = "mutation D($id: ID!) { deleteQuery(id: $id) { errors { code message } } }"
LIST = "{ savedQueries { name owner } }"
ONE = f"query O($id: ID!) {{ savedQuery(id: $id) {{ {ABOUT} }} }}"
DOCUMENT = """query Ports($ports: [Long!], $first: Int! = 10) {
  networkServices(where: {port: {in: $ports}}, first: $first) { totalCount nodes { key } } }"""


async def saved(caller: Caller, name: str = "ports", **given: Any) -> dict[str, Any]:
    input_ = {"name": name, "document": DOCUMENT, "variables": {"ports": [443]}, **given}
    told: dict[str, Any] = (await caller.ask(SAVE, input=input_))["saveQuery"]
    return told


async def asked(caller: Caller, name: str = "ports", **variables: Any) -> dict[str, Any]:
    body = {"documentId": f"saved:{name}", "variables": variables}
    answer = await caller.client.post("/graphql", json=body, headers=caller.headers)
    found: dict[str, Any] = answer.json()
    return found


def keys(answer: dict[str, Any]) -> list[str]:
    return sorted(each["key"] for each in answer["data"]["networkServices"]["nodes"])


async def test_a_query_is_kept_and_asked_by_its_name(caller: Caller, store: Store) -> None:
    first = (await saved(caller, description="What answers there.", expects=0))["query"]
    assert first == {
        "id": first["id"],
        "name": "ports",
        "document": DOCUMENT,
        "variables": {"ports": [443]},
        "description": "What answers there.",
        "isShared": False,
        "marking": None,
        "owner": caller.id,
        "number": 1,
    }
    async with Writer(store) as writer:
        said = [presents(each, OLD, day(-2)) for each in (SITE, MAIL)]
        await writer.write(caller.org, said)
    assert keys(await asked(caller)) == [SITE.key]
    assert keys(await asked(caller, first["id"])) == [SITE.key]
    assert keys(await asked(caller, ports=[25, 443])) == sorted([SITE.key, MAIL.key])
    assert len(keys(await asked(caller, ports=[25, 443], first=1))) == 1
    wrong = await asked(caller, ports="all")
    assert wrong["errors"][0]["extensions"]["code"] == "INVALID_QUESTION"
    unknown = await asked(caller, "unknown")
    assert unknown["errors"][0]["extensions"]["code"] == "NOT_FOUND"

    second = (await saved(caller, variables={"ports": [25]}, expects=1))["query"]
    assert (second["id"], second["number"]) == (first["id"], 2)
    assert keys(await asked(caller)) == [MAIL.key]
    assert (await saved(caller, expects=1))["errors"][0]["code"] == "CONFLICT"
    assert (await caller.ask(DELETE, id="ports"))["deleteQuery"]["errors"] == []
    assert (await caller.ask(LIST))["savedQueries"] == []


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ({"document": "{ unknown }"}, "INVALID_QUESTION", "Cannot query field 'unknown'"),
        ({"document": "{"}, "INVALID_QUESTION", "(line 1)"),
        ({"document": "mutation { endOtherSessions { ended } }"}, "INVALID_QUESTION", "it is a mutation"),
        ({"document": "subscription { entityFound { cursor } }"}, "INVALID_QUESTION", "it is a subscription"),
        ({"document": "query A { me { role } } query B { me { role } }"}, "INVALID_QUESTION", "several operations"),
        ({"variables": {"ports": "all"}}, "INVALID_QUESTION", "variables: "),
        ({"variables": {"port": 1}}, "INVALID_QUESTION", "no variable 'port'; there are: ports, first"),
        ({"variables": [1]}, "INVALID_QUESTION", "an object of values"),
        ({"name": "A b"}, "INVALID_QUESTION", "is no name"),
        ({"description": "x" * 1_001}, "INVALID_QUESTION", "1,000 characters"),
        ({"document": "{ me { role } }" + " " * 100_000}, "LIMIT_EXCEEDED", "characters"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_not_kept(
    caller: Caller, given: dict[str, Any], code: str, says: str
) -> None:
    [error] = (await saved(caller, **{"variables": {}, **given}))["errors"]
    assert error["code"] == code
    assert says in error["message"]
    assert (await caller.ask(LIST))["savedQueries"] == []


async def test_not_all_variables_need_be_given(caller: Caller) -> None:
    document = DOCUMENT.replace("[Long!]", "[Long!]!")
    assert (await saved(caller, document=document, variables={"first": 3}))["errors"] == []
    assert "$ports" in (await asked(caller))["errors"][0]["message"]
    assert keys(await asked(caller, ports=[1])) == []


async def test_ones_own_is_ones_own_and_what_is_shared_is_everybodys(
    caller: Caller, make_caller: MakeCaller
) -> None:
    ann, bob, viewer = [
        await make_caller(role, beside=caller) for role in ("ANALYST", "ANALYST", "VIEWER")
    ]
    await saved(ann)
    assert (await bob.ask(LIST))["savedQueries"] == []
    [kept] = (await ann.ask(LIST))["savedQueries"]
    private = (await ann.ask(ONE, id="ports"))["savedQuery"]["id"]
    assert (await bob.ask(ONE, id=private))["savedQuery"] is None
    assert (await asked(bob, private))["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert (await bob.ask(DELETE, id=private))["deleteQuery"]["errors"][0]["code"] == "NOT_FOUND"

    assert kept == {"name": "ports", "owner": ann.id}
    await saved(ann, isShared=True)
    assert (await viewer.ask(LIST))["savedQueries"] == [kept]
    assert keys(await asked(viewer)) == []
    refused = (await viewer.post(SAVE, {"input": {"name": "mine", "document": DOCUMENT}})).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"

    # One's own goes before the one that is shared; two of a name are not shared.
    assert (await saved(bob, variables={"ports": [25]}))["errors"] == []
    assert (await bob.ask(ONE, id="ports"))["savedQuery"]["owner"] == bob.id
    [error] = (await saved(bob, isShared=True))["errors"]
    assert error["code"] == "CONFLICT"
    assert [each["owner"] for each in (await bob.ask(LIST))["savedQueries"]] == [bob.id, ann.id]

    refused = (await bob.post(DELETE, {"id": private})).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    lead = await make_caller("LEAD", beside=caller)
    assert (await lead.ask(DELETE, id=private))["deleteQuery"]["errors"] == []
    other = await make_caller()
    assert (await other.ask(LIST))["savedQueries"] == []


async def test_what_a_shared_one_tells_follows_from_who_asks(
    caller: Caller, store: Store, make_caller: MakeCaller
) -> None:
    low = await make_caller("ANALYST", beside=caller, clearance="GREEN")
    async with Writer(store) as writer:
        await writer.write(caller.org, [replace(presents(SITE, OLD, day(-2)), tlp="RED")])
    await saved(caller, isShared=True)
    assert keys(await asked(caller)) == [SITE.key]
    assert keys(await asked(low)) == []
    auditor = await make_caller("AUDITOR", beside=caller)
    refused = await asked(auditor)
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"

    # Its text may be confidential, too.
    await saved(caller, isShared=True, marking="AMBER")
    assert (await low.ask(ONE, id="ports"))["savedQuery"] is None
    assert (await asked(low))["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    refused = (
        await low.post(SAVE, {"input": {"name": "x", "document": DOCUMENT, "marking": "RED"}})
    ).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"


async def test_nobody_keeps_what_they_may_not_ask(caller: Caller, make_caller: MakeCaller) -> None:
    analyst = await make_caller("ANALYST", beside=caller)
    given = {"name": "x", "document": "{ auditEvents { nodes { id } } }"}
    refused = (await analyst.post(SAVE, {"input": given})).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"


async def test_where_only_trusted_documents_are_answered_a_saved_one_is_to_be_one(
    caller: Caller, store: Store, queue: Queue
) -> None:
    await saved(caller)
    await saved(caller, "other", document="{ me { role } }", variables={})
    library = Library({"ports": DOCUMENT}, trusts_only=True)
    async with knowing(store, queue, library) as client:
        there = replace(caller, client=client)
        assert keys(await asked(there)) == []
        refused = await asked(there, "other")
        assert refused["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


async def test_how_many_there_may_be_is_a_setting(caller: Caller) -> None:
    await caller.ask(
        "mutation C($set: JSON) { configure(input: {set: $set}) { errors { message } } }",
        set={"queries.most": 1},
    )
    assert (await saved(caller))["errors"] == []
    assert "queries.most" in (await saved(caller, "another"))["errors"][0]["message"]
    assert (await saved(caller, description="more"))["errors"] == []


@pytest.mark.timeout(180)
async def test_queries_from_the_terminal(caller: Caller, mirage: Command, tmp_path: Path) -> None:
    async def command(*arguments: str) -> Any:
        return await mirage("saved", *arguments)

    file = tmp_path / "on_ports.graphql"
    file.write_text(DOCUMENT)
    made = await command("save", str(file), "--variables", '{"ports": [443]}', "--shared")
    assert "on_ports" in made
    assert [each["name"] for each in (await command("list", "--json"))["queries"]] == ["on_ports"]
    assert "query Ports" in await command("show", "on_ports")
    assert '"totalCount": 0' in await command("run", "on_ports", "--variables", '{"first": 1}')
    assert "gone" in await command("delete", "on_ports")
    assert "there is no saved query" in await command("run", "on_ports")
    assert caller.org
