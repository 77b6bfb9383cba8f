"""From an HTTP request to the question in it: GraphQL over HTTP, by POST with JSON, by GET, by multipart."""

from __future__ import annotations

from typing import Any

import orjson
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from server.graphql.execution import Question
from server.web.body import read_body
from server.web.problems import Problem


def media_type(request: Request) -> str:
    """The Content-Type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_question(request: Request) -> Question:
    """The question of a POST with JSON. Raises Problem for what is no such thing."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    if options.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "send JSON in UTF-8")
    return question_of(parse_json(await read_body(request)))


def question_in_url(request: Request) -> Question:
    """The question of a GET: `query`, `operationName`, and `variables` and `extensions` as JSON."""
    given: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = parse_json(given[name].encode())
    return question_of({name: value for name, value in given.items() if value != ""})


def parse_json(body: bytes) -> Any:
    """A body as JSON. Raises Problem."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem("INVALID_BODY", f"the body is not JSON in UTF-8: {error}") from error


def question_of(given: Any) -> Question:
    """The question in a decoded body. Raises Problem naming the member that is wrong."""
    if isinstance(given, list):
        raise Problem("INVALID_BODY", "send one operation a request; batches are not taken")
    if not isinstance(given, dict):
        raise Problem("INVALID_BODY", "the body is a JSON object with the member query")
    query, name = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise Problem("INVALID_BODY", "query: a GraphQL document is right, as a text")
    if name is not None and not isinstance(name, str):
        raise Problem("INVALID_BODY", "operationName: a text or null is right")
    if variables is not None and not isinstance(variables, dict):
        raise Problem("INVALID_BODY", "variables: an object or null is right")
    if extensions is not None and not isinstance(extensions, dict):
        raise Problem("INVALID_BODY", "extensions: an object or null is right")
    return Question(query, name, variables or {})
