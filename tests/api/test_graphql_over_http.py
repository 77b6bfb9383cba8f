"""GraphQL over HTTP, point by point: the ids and levels are those of the specification's audit of servers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import pytest
import pytest_asyncio

from tests.api.conftest import Caller

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
TYPE_NAME = "{ __typename }"
BY_NAME: dict[str, Any] = {
    "query": "query Type($name: String!) { __type(name: $name) { name } }",
    "variables": {"name": "DomainName"},
}
IN_URL = {"query": BY_NAME["query"], "variables": json.dumps(BY_NAME["variables"])}
DOLPHIN = {"query": '{ __type(name: "🐬") { name } }'}
NAMED = {"query": "query A { __typename }", "operationName": "A"}
CHANGE = {"query": "mutation { __typename }"}
CUT_OFF = b'{ "query'
SYNTAX = {"query": "{"}
UNFIT = {"query": "{ no_such_field_anywhere }"}
NOT_COERCED = {"query": "query Q($id: ID!) { __typename }", "variables": {"id": None}}
NO_QUERY = {"document": TYPE_NAME}

OK = range(200, 201)
BAD = range(400, 401)
CLIENT_ERROR = range(400, 500)
ERROR = range(400, 600)
ANY_END = (*range(200, 300), *ERROR)

Wanted = Literal["", "data", "no data"]


@dataclass(frozen=True)
class Point:
    """One point: what is sent, and what has to come back.

    `body` is a POST's (bytes as they are, else as JSON), `params` those of a GET; `accept` and `sent` are its headers.
    `wanted` asks for data without errors, or for none at all.
    """

    id: str
    level: Literal["MUST", "SHOULD", "MAY"]
    says: str
    body: Any = None
    status: range | tuple[int, ...] = OK
    accept: str | None = None
    params: dict[str, str] | None = None
    sent: str | None = JSON
    answer: str = ""
    wanted: Wanted = ""


def asking(**members: Any) -> dict[str, Any]:
    """The body of a harmless question, with these members besides."""
    return {"query": TYPE_NAME, **members}


UNNAMED = asking(operationName=None)

POINTS = [
    # media types
    Point("22EB", "SHOULD", "who asks for the GraphQL media type gets it", asking(), accept=GRAPHQL, answer=GRAPHQL),
    Point("4655", "MUST", "who asks for JSON gets JSON", asking(), accept=JSON, answer=JSON),
    Point("47DE", "SHOULD", "who takes anything gets JSON", asking(), accept="*/*", answer=JSON),
    Point("80D8", "SHOULD", "who does not say gets JSON", asking(), answer=JSON),
    Point("82A3", "MUST", "answers are UTF-8", {"query": '{ __type(name: "Straße") { name } }'}, wanted="data"),
    Point("BF61", "MUST", "a question in UTF-8 is read", DOLPHIN, sent=f"{JSON}; charset=utf-8"),
    Point("78D5", "MUST", "a question without a charset is UTF-8", asking(), wanted="data"),
    # methods
    Point("2C94", "MUST", "a question comes by POST", asking()),
    Point("5A70", "MAY", "a question comes in the address of a GET", params={"query": TYPE_NAME}),
    Point("9C48", "MAY", "a GET changes nothing", params=CHANGE, accept=GRAPHQL, status=CLIENT_ERROR),
    Point("9ABE", "SHOULD", "a body of no media type is not guessed at", asking(), sent=None, status=CLIENT_ERROR),
    Point("03D4", "MUST", "a body may be JSON", asking(), wanted="data"),
    Point("A5BF", "MAY", "a POST without a body is told so", b"", status=BAD),
    # the members of a question
    Point("423L", "MAY", "a question without a document is refused", NO_QUERY, accept=GRAPHQL, status=BAD),
    Point("LKJ0", "MAY", "an object is no document", {"query": {"a": "b"}}, status=BAD),
    Point("LKJ1", "MAY", "a number is no document", {"query": 0}, status=BAD),
    Point("LKJ2", "MAY", "false is no document", {"query": False}, status=BAD),
    Point("LKJ3", "MAY", "a list is no document", {"query": ["a"]}, status=BAD),
    Point("34A2", "SHOULD", "a text is a document (GraphQL)", asking(), accept=GRAPHQL),
    Point("13EE", "MUST", "a text is a document (JSON)", asking(), accept=JSON, wanted="data"),
    Point("6C00", "MAY", "an object names no operation", asking(operationName={"a": "b"}), status=BAD),
    Point("6C01", "MAY", "a number names no operation", asking(operationName=0), status=BAD),
    Point("6C02", "MAY", "false names no operation", asking(operationName=False), status=BAD),
    Point("6C03", "MAY", "a list names no operation", asking(operationName=["a"]), status=BAD),
    Point("8161", "SHOULD", "a text names an operation (GraphQL)", NAMED, accept=GRAPHQL),
    Point("B8B3", "MUST", "a text names an operation (JSON)", NAMED, accept=JSON, wanted="data"),
    Point("94B0", "SHOULD", "variables may be null (GraphQL)", asking(variables=None), accept=GRAPHQL, wanted="data"),
    Point("0220", "MUST", "variables may be null (JSON)", asking(variables=None), accept=JSON, wanted="data"),
    Point("94B1", "SHOULD", "operationName may be null (GraphQL)", UNNAMED, accept=GRAPHQL, wanted="data"),
    Point("0221", "MUST", "operationName may be null (JSON)", UNNAMED, accept=JSON, wanted="data"),
    Point("94B2", "SHOULD", "extensions may be null (GraphQL)", asking(extensions=None), accept=GRAPHQL, wanted="data"),
    Point("0222", "MUST", "extensions may be null (JSON)", asking(extensions=None), accept=JSON, wanted="data"),
    Point("4760", "MAY", "a text is no set of variables", asking(variables="a"), status=BAD),
    Point("4761", "MAY", "a number is no set of variables", asking(variables=0), status=BAD),
    Point("4762", "MAY", "false is no set of variables", asking(variables=False), status=BAD),
    Point("4763", "MAY", "a list is no set of variables", asking(variables=["a"]), status=BAD),
    Point("2EA1", "SHOULD", "variables are an object (GraphQL)", BY_NAME, accept=GRAPHQL),
    Point("28B9", "MUST", "variables are an object (JSON)", BY_NAME, accept=JSON, wanted="data"),
    Point("D6D5", "MAY", "the address has variables as JSON (GraphQL)", params=IN_URL, accept=GRAPHQL, wanted="data"),
    Point("6A70", "MAY", "the address has variables as JSON (JSON)", params=IN_URL, accept=JSON, wanted="data"),
    Point("58B0", "MAY", "a text is no set of extensions", asking(extensions="a"), status=BAD),
    Point("58B1", "MAY", "a number is no set of extensions", asking(extensions=0), status=BAD),
    Point("58B2", "MAY", "false is no set of extensions", asking(extensions=False), status=BAD),
    Point("58B3", "MAY", "a list is no set of extensions", asking(extensions=["a"]), status=BAD),
    Point("428F", "SHOULD", "extensions are an object (GraphQL)", asking(extensions={"a": "b"}), accept=GRAPHQL),
    Point("1B7A", "MUST", "extensions are an object (JSON)", asking(extensions={"a": "b"}), accept=JSON, wanted="data"),
    # bodies that are none
    Point("B6DC", "MAY", "broken JSON is answered, whatever with (JSON)", CUT_OFF, accept=JSON, status=ANY_END),
    Point("BCF8", "SHOULD", "broken JSON is a bad request (JSON)", CUT_OFF, accept=JSON, status=BAD),
    Point("B7N8", "SHOULD", "broken JSON is a bad request (GraphQL)", CUT_OFF, accept=GRAPHQL, status=BAD),
    Point("8764", "MAY", "wrong members are an error", NO_QUERY, status=ERROR),
    Point("3E3A", "MAY", "wrong members are a bad request", NO_QUERY, status=BAD),
    # what GraphQL refuses: JSON keeps 200, the GraphQL media type does not
    Point("572B", "SHOULD", "a broken document keeps 200 (JSON)", SYNTAX, accept=JSON),
    Point("FDE2", "SHOULD", "an unfit document keeps 200 (JSON)", UNFIT, accept=JSON),
    Point("7B9B", "SHOULD", "unfit variables keep 200 (JSON)", NOT_COERCED, accept=JSON),
    Point("865D", "SHOULD", "a broken document is an error", SYNTAX, accept=GRAPHQL, status=ERROR),
    Point("556A", "SHOULD", "a broken document is a bad request", SYNTAX, accept=GRAPHQL, status=BAD),
    Point("D586", "SHOULD", "a broken document has no data", SYNTAX, accept=GRAPHQL, status=ERROR, wanted="no data"),
    Point("51FE", "SHOULD", "an unfit document is an error", UNFIT, accept=GRAPHQL, status=ERROR),
    Point("74FF", "SHOULD", "an unfit document is a bad request", UNFIT, accept=GRAPHQL, status=BAD),
    Point("5E5B", "SHOULD", "an unfit document has no data", UNFIT, accept=GRAPHQL, status=ERROR, wanted="no data"),
    Point("86EE", "SHOULD", "unfit variables are a bad request", NOT_COERCED, accept=GRAPHQL, status=BAD),
]  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def plain(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that sends no headers of its own accord, to the server on its port."""
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        client.headers.pop("accept")
        yield client


def test_the_points_are_those_of_the_audit() -> None:
    assert len({point.id for point in POINTS}) == len(POINTS) == 61


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point.id}-{point.level}")
async def test_a_point_holds(plain: httpx.AsyncClient, caller: Caller, point: Point) -> None:
    response = await sent(plain, caller, point)
    assert response.status_code in point.status, point.says
    if point.answer:
        assert response.headers["content-type"] == f"{point.answer}; charset=utf-8", point.says
    told = response.content.decode("utf-8")
    if point.wanted == "data":
        answer = json.loads(told)
        assert "errors" not in answer, point.says
        assert answer["data"], point.says
    elif point.wanted == "no data":
        assert json.loads(told).get("data", ...) is ..., point.says


async def sent(client: httpx.AsyncClient, caller: Caller, point: Point) -> httpx.Response:
    """The answer to what the point sends."""
    headers = dict(caller.headers)
    if point.accept is not None:
        headers["Accept"] = point.accept
    if point.params is not None:
        return await client.get("/graphql", params=point.params, headers=headers)
    if point.sent is not None:
        headers["Content-Type"] = point.sent
    body = point.body if isinstance(point.body, bytes) else json.dumps(point.body).encode()
    return await client.post("/graphql", content=body, headers=headers)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer mk_no"}], ids=["none", "wrong"])
async def test_who_is_not_known_is_told_so(
    plain: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """What the audit leaves open for want of a way to ask without permission."""
    response = await plain.post("/graphql", json=asking(), headers={**headers, "Accept": GRAPHQL})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
