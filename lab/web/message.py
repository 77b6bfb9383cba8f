"""HTTP requests and responses as values, and the shape of what answers them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """What was asked. `host` is lower case and without port; `path` is still percent-encoded."""

    method: str
    host: str
    path: str
    query: str = ""
    is_tls: bool = False

    def parameters(self) -> dict[str, str]:
        """The query's parameters, decoded; the first of each name."""
        return dict(reversed(self._pairs()))

    def values(self, name: str) -> list[str]:
        """Every value of one parameter, decoded."""
        return [value for key, value in self._pairs() if key == name]

    def _pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)


@dataclass(frozen=True)
class Response:
    """What is answered, without the headers that the server itself adds."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Request], Response]


def text_response(text: str, status: int = 200, media_type: str = "text/plain") -> Response:
    """`text` as a response."""
    return Response(status, text.encode(), (("content-type", f"{media_type}; charset=utf-8"),))


def json_response(
    value: object, status: int = 200, media_type: str = "application/json"
) -> Response:
    """`value` as JSON."""
    body = json.dumps(value, ensure_ascii=False, indent=1).encode()
    return Response(status, body, (("content-type", media_type),))


def reason_of(status: int) -> str:
    """The standard's phrase for a status."""
    return HTTPStatus(status).phrase
