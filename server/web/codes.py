"""Every code that a refusal can carry, with its HTTP status and what it means: docs/reference/errors.md.

Codes of errors come from their classes, wherever these are; the others are refusals of a request that never
became a question.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping

import collectors
import graph
import server
from graph.errors import MirageError
from server.web.problems import RETRY_AFTER_S, STATUS_OF

WITHOUT_CLASS: Mapping[str, str] = {
    "BODY_TIMEOUT": "The body of the request came too slowly.",
    "BODY_TOO_LARGE": "The body of the request is larger than is taken.",
    "FORBIDDEN_ORIGIN": "The request comes from a page of another site.",
    "GRAPHQL_VALIDATION_FAILED": "The question does not fit the schema; the message says where.",
    "HEAD_TOO_LARGE": "The address and headers of the request are larger than is taken.",
    "INVALID_BODY": "The body, or the parameters of the address, cannot be read as a question.",
    "INVALID_REQUEST": "What came is not HTTP, or no handshake of a WebSocket.",
    "METHOD_NOT_ALLOWED": "The address is not asked with this HTTP method.",
    "MISDIRECTED": "The request names a host that this API is not called by.",
    "NOT_ACCEPTABLE": "None of the accepted media types can be given.",
    "TOO_MANY_CONNECTIONS": "As many connections are open as are taken at once.",
    "UNSUPPORTED_MEDIA_TYPE": "The media type of the body is not one that is read.",
}
"""Codes that no error class has, each with its meaning."""

_HEAD = """\
# Error codes

What can stand in `extensions.code` of a GraphQL error, in the `code` of a problem document (RFC 9457), or in the log,
written from the code. The status is that of an answer that is nothing but the error; – where only commands meet it.
*Retryable*: asking again later may help.

| code | status | retryable | what it means |
| --- | --- | --- | --- |"""


def error_classes() -> list[type[MirageError]]:
    """Every error of Mirage, in the order of its codes."""
    for package in (graph, collectors, server):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            last = found.name.rpartition(".")[2]
            if not last.startswith(("test_", "__")):
                importlib.import_module(found.name)
    ours = ("graph.", "collectors.", "server.")
    known = {kind for kind in _tree(MirageError) if kind.__module__.startswith(ours)}
    return sorted(known, key=lambda kind: (kind.code, kind.__name__))


def _tree(root: type[MirageError]) -> Iterator[type[MirageError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


def errors_page() -> str:
    """The page in Markdown, by code."""
    rows = {
        kind.code: (_status(kind), kind.is_retryable, inspect.getdoc(kind) or "")
        for kind in error_classes()
        if "code" in vars(kind)
    }
    unforeseen = "Something is wrong in Mirage; the log has it under the answer's correlation id."
    rows["INTERNAL"] = ("500", False, unforeseen)
    for code, text in WITHOUT_CLASS.items():
        rows[code] = (str(STATUS_OF.get(code, 400)), code in RETRY_AFTER_S, text)
    lines = [
        f"| `{code}` | {status} | {'yes' if again else ''} | {_first(text)} |"
        for code, (status, again, text) in sorted(rows.items())
    ]
    return "\n".join((_HEAD, *lines, ""))


def _status(kind: type[MirageError]) -> str:
    if kind.__module__.startswith(("server.commands.", "server.embedded.")):
        return "–"
    return str(STATUS_OF.get(kind.code, 400))


def _first(text: str) -> str:
    """The first paragraph, on one line."""
    return " ".join(text.partition("\n\n")[0].split())
