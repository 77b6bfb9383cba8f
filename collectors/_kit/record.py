"""Requests and responses as JSON: the form of fixtures, of the page cache and of stored evidence.

Pure. A request's `content_key` names what is asked, whoever asks it: its part and note are left
out, so that two collectors wanting the same page send one request, and a fixture answers either.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from collectors._kit.base import (
    DnsRecord,
    DnsRequest,
    DnsResponse,
    FileRequest,
    FileResponse,
    HttpRequest,
    HttpResponse,
    Request,
    Response,
    TcpRequest,
    TcpResponse,
    TlsRequest,
    TlsResponse,
)
from graph.errors import InvalidFact

_PROTOCOLS: Mapping[str, tuple[type[Request], type[Any]]] = {
    "http": (HttpRequest, HttpResponse),
    "dns": (DnsRequest, DnsResponse),
    "tls": (TlsRequest, TlsResponse),
    "tcp": (TcpRequest, TcpResponse),
    "file": (FileRequest, FileResponse),
}
_NOT_CONTENT = ("part", "note")


def protocol_of(request: Request) -> str:
    """The word for a request's protocol: http, dns, tls, tcp or file."""
    for protocol, (request_type, _) in _PROTOCOLS.items():
        if type(request) is request_type:
            return protocol
    raise InvalidFact(f"{type(request).__name__} is not a request that the kit can send")


def content_key(request: Request) -> str:
    """A digest of what is asked; equal for equal questions of different collectors and parts."""
    text = json.dumps([protocol_of(request), write_request(request)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def write_request(request: Request) -> dict[str, Any]:
    """`request` as JSON values, fields at their defaults left out, part and note too."""
    return _written(request, leave_out=_NOT_CONTENT)


def write_response(response: Response) -> dict[str, Any]:
    """`response` as JSON values without its request."""
    return _written(response, leave_out=("request",))


def read_request(protocol: str, raw: Mapping[str, Any]) -> Request:
    """The request that `write_request` wrote. Raises InvalidFact naming the field."""
    found: Request = _read(_type_of(protocol)[0], raw, {})
    return found


def read_response(request: Request, raw: Mapping[str, Any]) -> Response:
    """The response that `write_response` wrote, as the answer to `request`. Raises InvalidFact."""
    found: Response = _read(_type_of(protocol_of(request))[1], raw, {"request": request})
    return found


def readdressed(response: Response, request: Request) -> Response:
    """`response` as the answer to `request`, which asks the same for another part or collector."""
    found: Any = response
    moved: Response = dataclasses.replace(found, request=request)
    return moved


def _type_of(protocol: str) -> tuple[type[Request], type[Any]]:
    if protocol not in _PROTOCOLS:
        raise InvalidFact(f"{protocol!r} is not a protocol; there are {', '.join(_PROTOCOLS)}")
    return _PROTOCOLS[protocol]


def _written(value: Any, leave_out: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        content = getattr(value, field.name)
        if field.name not in leave_out and content != field.default:
            found[field.name] = _plain(content)
    return found


def _plain(value: Any) -> Any:
    """Bytes become text where they are printable UTF-8, else `{"base64": …}`."""
    if isinstance(value, bytes):
        text = value.decode("utf-8", "replace")
        if text.encode() == value and all(c.isprintable() or c in "\r\n\t" for c in text):
            return text
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, DnsRecord):
        return [value.name, value.rrtype, value.ttl_s, value.value]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _read(wanted: type[Any], raw: Mapping[str, Any], given: dict[str, Any]) -> Any:
    fields = {field.name: field for field in dataclasses.fields(wanted)}
    for name in raw:
        if name not in fields or name in (*_NOT_CONTENT, *given):
            known = ", ".join(n for n in fields if n not in (*_NOT_CONTENT, *given))
            raise InvalidFact(f"{wanted.__name__} has no {name!r} to record; it has {known}")
    try:
        read = {name: _value(str(fields[name].type), value) for name, value in raw.items()}
        return wanted(**given, **read)
    except (TypeError, ValueError) as error:
        raise InvalidFact(f"{wanted.__name__}: {error}") from error


def _value(annotation: str, value: Any) -> Any:
    if annotation == "bytes":
        return _bytes(value)
    if annotation.startswith("tuple[bytes"):
        return tuple(_bytes(item) for item in value)
    if annotation.startswith("tuple[DnsRecord"):
        return tuple(DnsRecord(*item) for item in value)
    if annotation.startswith("tuple"):
        return tuple(tuple(item) if isinstance(item, list) else item for item in value)
    return value


def _bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    return base64.b64decode(value["base64"], validate=True)
