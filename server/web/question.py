"""From an HTTP request to the question in it: GraphQL over HTTP, by POST with JSON, by GET, by multipart."""

from __future__ import annotations

import re
from typing import Any

import orjson
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from server.graphql.execution import Question
from server.web.body import read_body
from server.web.problems import Problem

LONGEST_NAME = 200
_SHA256 = re.compile(r"[0-9a-fA-F]{64}\Z")


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
    document = _named(given.get("documentId"), extensions)
    if query is None and document is not None:
        query = ""
    elif not isinstance(query, str) or not query.strip():
        raise Problem("INVALID_BODY", "query: a GraphQL document is right, as a text")
    if name is not None and not isinstance(name, str):
        raise Problem("INVALID_BODY", "operationName: a text or null is right")
    if variables is not None and not isinstance(variables, dict):
        raise Problem("INVALID_BODY", "variables: an object or null is right")
    if extensions is not None and not isinstance(extensions, dict):
        raise Problem("INVALID_BODY", "extensions: an object or null is right")
    return Question(
        query,
        name,
        variables or {},
        document,
        bookmark=_extension(extensions, "bookmark") or "",
        idempotency_key=_extension(extensions, "idempotencyKey"),
    )


def _extension(extensions: dict[str, Any] | None, name: str) -> str | None:
    """A text among the extensions; None where it is not given."""
    given = (extensions or {}).get(name)
    if given is not None and not isinstance(given, str):
        raise Problem("INVALID_BODY", f"extensions.{name}: a text or null is right")
    return given


def _named(given: Any, extensions: Any) -> str | None:
    """The name of a document: `documentId`, or the hash of an automatic persisted query. Raises Problem."""
    if given is None and isinstance(extensions, dict):
        said = extensions.get("persistedQuery")
        if said is None:
            return None
        if not isinstance(said, dict) or said.get("version") != 1:
            raise Problem(
                "INVALID_BODY", "extensions.persistedQuery: version 1 and sha256Hash are right"
            )
        given = said.get("sha256Hash")
        if not isinstance(given, str) or not _SHA256.match(given):
            raise Problem(
                "INVALID_BODY", "extensions.persistedQuery.sha256Hash: 64 hex digits are right"
            )
        return given.lower()
    if given is None:
        return None
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_NAME:
        raise Problem(
            "INVALID_BODY", f"documentId: a text of 1 to {LONGEST_NAME} characters is right"
        )
    return given
