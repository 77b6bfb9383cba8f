"""Operations that read collected entities and ask for other things: both ways side by side, in one answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLResolveInfo

from graph.errors import StoreUnavailable
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from graph.writer import Writer
from server.graphql.execution import Executor
from server.graphql.schema import core_schema
from tests.api.conftest import Caller, MakeCaller
from tests.support.facts import answer

NAME, ADDRESS = DomainName(name="shop.example"), IPAddress(address="192.0.2.1")
RESOLVES = ResolvesTo(source=NAME, target=ADDRESS, rrtype="A")
ONE = 'domainName(key: "shop.example") { key }'
WRONG = 'domainName(key: "not a name") { key }'
WRONG_LIST = "domainNames(first: 501) { totalCount }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def caller(make_caller: MakeCaller, store: Store) -> AsyncIterator[Caller]:
    """An organization with a name and its address."""
    made: Caller = await make_caller()
    async with Writer(store) as writer:
        await writer.write(made.org, [answer(NAME, 10, NAME, RESOLVES, collector="dns.resolve")])
    yield made


async def both_ways(caller: Caller, query: str, **variables: Any) -> dict[str, Any]:
    """The answer, which is the same field by field: data in its order, and errors."""
    mixed = (await caller.post(query, variables)).json()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Executor, "_compiled_operation", lambda *_: None)
        resolved = (await caller.post(query, variables)).json()
    for told in (mixed, resolved):
        for each in told.get("errors", []):
            each["extensions"].pop("correlationId")
    assert str(mixed) == str(resolved)
    return dict(mixed)


def where(told: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """The code and the path of each error."""
    return [(each["extensions"]["code"], each["path"]) for each in told.get("errors", [])]


async def test_members_stand_in_the_order_of_the_selection(caller: Caller) -> None:
    query = """query Q($yes: Boolean = true) {
      last: me { role } ...F __typename gone: me @skip(if: $yes) { id }
      ... on Query @include(if: $yes) { statistics { unjudgedWrites } a: domainNames { totalCount } }
      last: me { email } name: domainName(key: "shop.example") { resolvesTo { totalCount } }
      ... @skip(if: $yes) { runs { totalCount } } __type(name: "Note") { name }
    }
    fragment F on Query { name: domainName(key: "shop.example") { key } collectors { id } ...G }
    fragment G on Query { findings(first: 1) { totalCount } entities(first: 0) { totalCount } }"""
    told = await both_ways(caller, query)
    assert list(told["data"]) == [
        "last", "name", "collectors", "findings", "entities", "__typename", "statistics", "a", "__type",
    ]  # fmt: skip
    assert told["data"]["last"] == {"role": "OWNER", "email": caller.email}
    assert told["data"]["name"] == {"key": "shop.example", "resolvesTo": {"totalCount": 1}}


async def test_only_the_others_are_resolved(caller: Caller, store: Store) -> None:
    query = """{ me { role } domainNames { nodes { key notes { text } resolvesTo { nodes { key } } } }
      scans(first: 1) { nodes { id } } ipAddresses { nodes { key resolvedBy { nodes { key } } } } }"""
    await caller.ask(query)  # the key is known now
    before = store.statements
    await caller.ask(query)
    assert store.statements - before == 3  # the two lists and the scans; `me` asks nothing
    counted = (await caller.client.get("/metrics")).text
    assert 'mirage_graphql_requests_total{kind="query",outcome="ok",way="mixed"}' in counted


async def test_variables_reach_both(caller: Caller) -> None:
    query = """query Q($first: Int!, $key: String!) {
      findings(first: $first) { nodes { id } } domainName(key: $key) { links(first: $first) { nodes { key } } } }"""
    told = await both_ways(caller, query, first=1, key="SHOP.example")
    assert told["data"]["domainName"] == {"links": {"nodes": [{"key": "192.0.2.1"}]}}
    told = await both_ways(caller, query, first="many", key="shop.example")
    assert "data" not in told


@pytest.mark.parametrize(
    ("query", "data", "errors"),
    [
        (f"{{ me {{ role }} a: {WRONG} b: {ONE} }}", {"me": {"role": "OWNER"}, "a": None, "b": {"key": "shop.example"}},
         [("REFUSED_VALUE", ["a"])]),
        (f"{{ {ONE} me {{ role }} {WRONG_LIST} }}", None, [("INVALID_QUESTION", ["domainNames"])]),
        (f'{{ {ONE} findings(after: "x") {{ totalCount }} }}', None, [("INVALID_QUESTION", ["findings"])]),
        (f'{{ run(id: "x") {{ id }} {ONE} finding(id: "y") {{ id }} }}',
         {"run": None, "domainName": {"key": "shop.example"}, "finding": None}, []),
    ],
)  # fmt: skip
async def test_errors_are_those_of_field_by_field(
    caller: Caller, query: str, data: object, errors: list[Any]
) -> None:
    told = await both_ways(caller, query)
    assert told["data"] == data
    assert list(told["data"] or []) == list(data or [])  # type: ignore[call-overload]
    assert where(told) == errors


async def test_what_is_refused_leaves_the_rest_compiled(caller: Caller, store: Store) -> None:
    query = f"{{ a: {WRONG} domainNames {{ nodes {{ key resolvesTo {{ nodes {{ key }} }} }} }} }}"
    await caller.post(query)
    before = store.statements
    told = (await caller.post(query)).json()
    assert store.statements - before == 1
    assert told["data"] == {
        "a": None,
        "domainNames": {"nodes": [{"key": "shop.example", "resolvesTo": {"nodes": [{"key": "192.0.2.1"}]}}]},
    }  # fmt: skip
    assert where(told) == [("REFUSED_VALUE", ["a"])]


class Away:
    """Stands for statements that the database does not answer."""

    async def __call__(self, *_: object, **__: object) -> Any:
        raise StoreUnavailable("the database does not answer")


@pytest.mark.parametrize(
    ("query", "data", "paths", "status"),
    [
        (f"{{ {ONE} me {{ role }} }}", {"domainName": None, "me": {"role": "OWNER"}}, [["domainName"]], 200),
        ("{ me { role } domainNames { totalCount } }", None, [["domainNames"]], 503),
        (f'{{ {ONE} findings(after: "x") {{ totalCount }} domainNames {{ totalCount }} }}', None,
         [["domainName"], ["findings"], ["domainNames"]], 503),
    ],
)  # fmt: skip
async def test_a_fault_of_one_way_does_not_hide_the_other(  # noqa: PLR0917
    caller: Caller, store: Store, monkeypatch: pytest.MonkeyPatch,
    query: str, data: object, paths: list[Any], status: int,
) -> None:  # fmt: skip
    await caller.ask("{ me { role } }")
    monkeypatch.setattr(store, "read_single", Away())
    response = await caller.post(query)
    told = response.json()
    assert told["data"] == data
    assert [path for _, path in where(told)] == paths
    assert (response.status_code, response.headers.get("retry-after")) == (status, "2")


async def test_the_ways_do_not_wait_for_each_other(
    caller: Caller, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, reads = asyncio.Event(), store.read_single

    async def read(*given: Any, **limits: Any) -> Any:
        await asyncio.wait_for(asked.wait(), 5)
        return await reads(*given, **limits)

    async def resolve(_: object, info: GraphQLResolveInfo) -> Any:
        asked.set()
        return await runs(None, info)

    query = core_schema().query_type
    assert query is not None
    runs = query.fields["statistics"].resolve
    assert runs is not None
    monkeypatch.setattr(store, "read_single", read)
    monkeypatch.setattr(query.fields["statistics"], "resolve", resolve)
    found = await caller.ask(f"{{ {ONE} statistics {{ __typename }} }}")
    assert found == {
        "domainName": {"key": "shop.example"},
        "statistics": {"__typename": "Statistics"},
    }
