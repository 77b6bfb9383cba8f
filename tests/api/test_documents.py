"""Documents by name: automatic persisted queries, trusted ones, and an API that answers nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import ASGITransport

from graph.store import Store
from server.commands.documents import RUNS, all_documents
from server.graphql import library
from server.graphql.document import hash_of
from server.graphql.library import (
    DocumentNotKnown,
    InvalidDocuments,
    Library,
    read_trusted,
)
from server.jobs.queue import Queue
from server.web.app import create_app
from server.web.door import Door
from tests.api.conftest import Caller, MakeCaller
from tests.support.keys import keyring
from tests.support.reception import counting_apart

ME = "{ me { role } }"
JSON = {"Accept": "application/json"}
STRICT = {"Accept": "application/graphql-response+json"}


def persisted(text: str = ME, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}, **more}


async def sent(caller: Caller, body: dict[str, Any], **headers: str) -> httpx.Response:
    return await caller.client.post("/graphql", json=body, headers={**caller.headers, **headers})


async def code_of(caller: Caller, body: dict[str, Any], **headers: str) -> str:
    told = (await sent(caller, body, **headers)).json()
    found: str = told["code"] if "code" in told else told["errors"][0]["extensions"]["code"]
    return found


@asynccontextmanager
async def knowing(store: Store, queue: Queue, found: Library) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(store, queue, keyring(), Door(library=found), options=counting_apart())
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client


# --- automatic persisted queries ------------------------------------------------------------------------------


async def test_a_document_is_sent_once_and_asked_by_its_hash(caller: Caller) -> None:
    query = f"# {caller.org}\n{ME}"
    unknown = await sent(caller, persisted(query), **STRICT)
    assert unknown.status_code == 400
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (await sent(caller, persisted(query), **JSON)).status_code == 200
    first = await sent(caller, persisted(query, query=query))
    again = await sent(caller, persisted(query))
    named = await sent(caller, {"documentId": f"sha256:{hash_of(query)}"})
    got = await caller.client.get(
        "/graphql",
        params={"extensions": json.dumps(persisted(query)["extensions"])},
        headers=caller.headers,
    )
    for each in (first, again, named, got):
        assert each.json()["data"] == {"me": {"role": "OWNER"}}, each.text


async def test_what_one_organization_sent_is_not_known_to_another(
    caller: Caller, make_caller: MakeCaller
) -> None:
    query = f"# {caller.org}\n{ME}"
    colleague: Caller = await make_caller("VIEWER", beside=caller)
    stranger: Caller = await make_caller()
    await sent(caller, persisted(query, query=query))
    assert (await sent(colleague, persisted(query))).json()["data"] == {"me": {"role": "VIEWER"}}
    assert await code_of(stranger, persisted(query)) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_hash_of_another_text_and_a_document_that_is_none_are_not_kept(
    caller: Caller,
) -> None:
    other = f"# {caller.org}\n{ME}"
    assert await code_of(caller, persisted(other, query=ME)) == "INVALID_QUESTION"
    assert await code_of(caller, persisted(other)) == "PERSISTED_QUERY_NOT_FOUND"
    wrong = f"# {caller.org}\n{{ nothing }}"
    assert await code_of(caller, persisted(wrong, query=wrong)) == "GRAPHQL_VALIDATION_FAILED"
    assert await code_of(caller, persisted(wrong)) == "PERSISTED_QUERY_NOT_FOUND"


async def test_permissions_hold_for_what_is_asked_by_name(
    caller: Caller, make_caller: MakeCaller
) -> None:
    ingest: Caller = await make_caller("INGEST", beside=caller)
    query = "{ domainNames { totalCount } }"
    await sent(caller, persisted(query, query=query))
    assert await code_of(ingest, persisted(query)) == "NOT_PERMITTED"


@pytest.mark.parametrize(
    "body",
    [
        {"extensions": {"persistedQuery": 1}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 63}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 5}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {}},
        {"documentId": ""},
        {"documentId": 5},
        {"documentId": "x" * 201},
        {"documentId": "x", "query": 5},
        {"documentId": "x", "query": " "},
    ],
)
async def test_a_name_that_is_none_is_refused(caller: Caller, body: dict[str, Any]) -> None:
    assert await code_of(caller, body) == "INVALID_BODY"


def test_the_longest_unused_go_where_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "MOST_BYTES", 10)
    found = Library()
    for text in ("{ a }", "{ b }"):
        found.keep(text, "one")
    found.find(hash_of("{ a }"), "one")
    found.keep("{ c }", "one")
    assert found.find(hash_of("{ a }"), "one") == "{ a }"
    with pytest.raises(DocumentNotKnown):
        found.find(hash_of("{ b }"), "one")
    found.keep("{ a }", "one")
    assert found._bytes == 10


# --- trusted documents ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["me", hash_of(ME), f"sha256:{hash_of(ME)}"])
async def test_a_trusted_document_is_known_from_the_start(
    store: Store, queue: Queue, caller: Caller, name: str
) -> None:
    async with knowing(store, queue, Library({"me": ME})) as client:
        answer = await sent(replace(caller, client=client), {"documentId": name})
    assert answer.json()["data"] == {"me": {"role": "OWNER"}}


async def test_where_only_trusted_ones_are_answered_no_other_is(
    store: Store, queue: Queue, caller: Caller
) -> None:
    trusted = {"me": ME} | {hash_of(text): text for text in all_documents()}
    async with knowing(store, queue, Library(trusted, trusts_only=True)) as client:
        asked = replace(caller, client=client)
        for body in ({"documentId": "me"}, {"query": ME}, persisted(), {"query": RUNS}):
            assert "errors" not in (await sent(asked, body)).json()
        other = "{ me { email } }"
        for body in (
            {"query": other},
            {"query": f"{ME} "},
            {"documentId": "other"},
            persisted(other),
            persisted(other, query=other),
            {"query": "{ __schema { queryType { name } } }"},
        ):
            refused = await sent(asked, body, **STRICT)
            assert refused.status_code == 403
            assert refused.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


def test_manifests_are_read_in_each_form(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    (folder / "more").mkdir(parents=True)
    (folder / "me.graphql").write_text(ME)
    (folder / "more" / "runs.graphql").write_text(RUNS)
    (folder / "notes.txt").write_text("no document")
    assert read_trusted(folder) == {hash_of(ME): ME, hash_of(RUNS): RUNS}
    relay = tmp_path / "relay.json"
    relay.write_text(json.dumps({"abc": ME}))
    assert read_trusted(relay) == {"abc": ME}
    apollo = tmp_path / "apollo.json"
    operations = [{"id": "abc", "body": ME, "name": "Me", "type": "query"}]
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    apollo.write_text(json.dumps(manifest))
    assert read_trusted(apollo) == {"abc": ME}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "Expecting"),
        ("[]", "an object of texts by name, or a manifest of Apollo's, is right"),
        ('{"a": 5}', "'a': a name and a document are right"),
        ('{"a": " "}', "'a': a name and a document are right"),
        ('{"format": "apollo-persisted-query-manifest"}', "operations: a list is right"),
        ('{"format": "apollo-persisted-query-manifest", "operations": [{"id": "a"}]}', "'a': a name and"),
        (json.dumps({"a": "x" * 100_001}), "'a': more than 100000 characters"),
    ],
)  # fmt: skip
def test_a_manifest_that_is_none_is_refused_by_its_place(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(text)
    with pytest.raises(InvalidDocuments, match=told) as refused:
        read_trusted(file)
    assert str(file) in str(refused.value)


def test_a_manifest_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidDocuments, match="No such file"):
        read_trusted(tmp_path / "nothing.json")


# --- the schema, by permission --------------------------------------------------------------------------------

KEY = "mutation($input: CreateKeyInput!) { createKey(input: $input) { text errors { message } } }"


@pytest.fixture
async def narrow(caller: Caller) -> Caller:
    """A key of the owner's that may not read the schema."""
    made = await caller.ask(KEY, input={"name": "narrow", "scopes": ["READ_ACCOUNT"]})
    return replace(caller, key=made["createKey"]["text"])


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Query") { name } }',
        "{ me { role } ...F } fragment F on Query { __schema { queryType { name } } }",
        '{ a: __type(name: "Query") { name } me { role } }',
    ],
)
async def test_introspection_needs_its_permission(
    caller: Caller, narrow: Caller, query: str
) -> None:
    assert "errors" not in (await sent(caller, {"query": query})).json()
    assert await code_of(narrow, {"query": query}) == "NOT_PERMITTED"


async def test_hints_need_it_too(caller: Caller, narrow: Caller) -> None:
    for query in (
        "{ mee { role } }",
        "{ me { rolle } }",
        "{ me { role(x: 1) } }",
        "{ domainName(kei: 1) { id } }",
    ):
        hinted = (await sent(caller, {"query": query})).json()["errors"]
        plain = (await sent(narrow, {"query": query})).json()["errors"]
        assert "Did you mean" not in str(plain)
        assert [each["locations"] for each in plain] == [each["locations"] for each in hinted]
    assert "Did you mean" in str((await sent(caller, {"query": "{ me { rolle } }"})).json())
    typename = (await sent(narrow, {"query": "{ __typename me { __typename } }"})).json()
    assert typename["data"] == {"__typename": "Query", "me": {"__typename": "Account"}}
