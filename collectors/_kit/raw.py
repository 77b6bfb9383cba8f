"""What of an answer is kept as evidence, and in which form. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

from collectors._kit.base import DnsResponse, HttpResponse, Response, TcpResponse, TlsResponse
from collectors._kit.record import write_request, write_response
from collectors._kit.redaction import Redactor


def has_content(response: Response) -> bool:
    """Whether a raw answer says more than the observation made from it.

    A closed port or a name without records is told by the outcome alone, and a scan meets thousands
    of them. An operator's own file is kept by the operator.
    """
    match response:
        case DnsResponse():
            return bool(response.answers or response.disputed)
        case TlsResponse():
            return bool(response.chain)
        case TcpResponse():
            return bool(response.data)
        case HttpResponse():
            return not response.closed
        case _:
            return False


def as_evidence(response: Response) -> tuple[str, bytes]:
    """The raw answer as media type and bytes: an HTTP message as it was, others as JSON."""
    if isinstance(response, HttpResponse):
        head = [f"HTTP/1.1 {response.status}", *(f"{k}: {v}" for k, v in response.headers)]
        body = response.body
        if response.request.is_sensitive:
            digest = hashlib.sha256(body).hexdigest()
            body = f"(not kept: {len(body)} bytes with the SHA-256 {digest})".encode()
        return "application/http", "\r\n".join([*head, "", ""]).encode() + body
    record = {"request": write_request(response.request), "response": write_response(response)}
    return "application/json", json.dumps(record, sort_keys=True, indent=1).encode()


def without(value: Any, redactor: Redactor) -> Any:
    """An exchange without the secrets: sources show them again, and what is sent to a port is kept."""
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, bytes):
        return redactor.body(value)
    if isinstance(value, tuple):
        return tuple(without(each, redactor) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {
            f.name: without(getattr(value, f.name), redactor) for f in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **named)
    return value
