"""How RDAP is asked: IANA's bootstrap files say which registry knows, then that registry is asked.

Bootstrap files are RFC 9224, paths of requests RFC 9082. Redirects are followed as requests of
their own, so that the egress policy sees each of them.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

import orjson

from collectors._kit.base import HttpRequest, HttpResponse, Request, Response
from collectors._kit.faults import NotCovered
from graph.errors import SourceRejected

BOOTSTRAP = "https://data.iana.org/rdap/{file}.json"
ACCEPT = (("accept", "application/rdap+json, application/json"),)
OBJECT = "object"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def ask_bootstrap(file: str) -> HttpRequest:
    """The request for a bootstrap file: dns, ipv4, ipv6 or asn."""
    return HttpRequest(BOOTSTRAP.format(file=file), max_bytes=5_000_000, note=file)


def ask_registry(base: str, path: str) -> HttpRequest:
    """The request for one object at the registry whose service is at `base`."""
    return HttpRequest(
        urljoin(base if base.endswith("/") else f"{base}/", path),
        headers=ACCEPT,
        accept_statuses=(404,),
        note=OBJECT,
    )


def next_step(
    response: Response, choose: Callable[[Mapping[str, Any]], str], path: str
) -> Iterator[Request]:
    """What follows from a bootstrap file (by `choose`, its entry for us) or from a redirect."""
    answer = http(response)
    if answer.request.note != OBJECT:
        yield ask_registry(choose(document(answer)), path)
    elif 300 <= answer.status < 400:
        place = urljoin(answer.request.url, answer.header("location"))
        yield dataclasses.replace(answer.request, url=place)


def found(response: Response, wanted: str) -> Mapping[str, Any] | None:
    """The object of class `wanted` in a registry's answer; None where there is none, or not yet.

    Raises SourceRejected for an answer of another class.
    """
    answer = http(response)
    if answer.request.note != OBJECT or answer.status != 200:
        return None
    read = document(answer)
    if read.get("objectClassName") != wanted:
        raise SourceRejected(
            f"{answer.request.url}: an object of class {wanted!r} is expected, "
            f"not {read.get('objectClassName')!r}"
        )
    return read


def http(response: Response) -> HttpResponse:
    """`response`, which is one over HTTP."""
    if not isinstance(response, HttpResponse):
        raise SourceRejected("RDAP is asked over HTTP")
    return response


def document(answer: HttpResponse) -> Mapping[str, Any]:
    """The JSON object of an answer. Raises SourceRejected with the place."""
    try:
        read = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise SourceRejected(f"{answer.request.url}: not JSON: {error}") from error
    if not isinstance(read, dict):
        raise SourceRejected(f"{answer.request.url}: a JSON object is expected")
    return read


def services(bootstrap: Mapping[str, Any]) -> Iterator[tuple[list[str], str]]:
    """Each service of a bootstrap file: what it knows, and its address over TLS."""
    entries = bootstrap.get("services")
    if not isinstance(entries, list):
        raise SourceRejected("the bootstrap file has no services")
    for entry in entries:
        keys, urls = entry[0], entry[-1]
        secure = next((url for url in urls if str(url).startswith("https://")), None)
        if secure is not None:
            yield [str(key) for key in keys], str(secure)


def service_of_name(bootstrap: Mapping[str, Any], name: str) -> str:
    """The service for the longest suffix of `name` that has one."""
    by_suffix = {key.lower(): url for keys, url in services(bootstrap) for key in keys}
    labels = name.split(".")
    for start in range(1, len(labels)):
        if url := by_suffix.get(".".join(labels[start:])):
            return url
    raise NotCovered(f"there is no RDAP service for .{labels[-1]}")


def service_of_block(bootstrap: Mapping[str, Any], block: Network) -> str:
    """The service for the narrowest block around `block`."""
    around = [
        (known.prefixlen, url)
        for keys, url in services(bootstrap)
        for key in keys
        if (known := ipaddress.ip_network(key)).version == block.version
        and known.supernet_of(block)  # type: ignore[arg-type]
    ]
    if not around:
        raise NotCovered(f"there is no RDAP service for {block}")
    return max(around)[1]


def service_of_number(bootstrap: Mapping[str, Any], number: int) -> str:
    """The service for an autonomous system's number."""
    for keys, url in services(bootstrap):
        for key in keys:
            first, _, last = key.partition("-")
            if int(first) <= number <= int(last or first):
                return url
    raise NotCovered(f"there is no RDAP service for AS{number}")
