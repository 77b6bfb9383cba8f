"""What is asked of a scope before a request leaves: the host, and the port where it goes to one."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from collectors._kit.base import DnsRequest, HttpRequest, Request, TcpRequest, TlsRequest
from collectors._kit.egress import Asker, refuse_out_of_scope
from graph.errors import NotPermitted
from tests.support.egress import manifest


@dataclass
class Gate:
    """Lets everything pass but port 25, and notes what it was asked."""

    asked: list[tuple[str, int | None]] = field(default_factory=list)

    async def refusal(self, host: str, port: int | None = None) -> str:
        self.asked.append((host, port))
        return "port 25 is excluded" if port == 25 else ""

    async def exclusion(self, address: str) -> str:
        raise AssertionError(f"{address}: nothing is dialled")


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        (HttpRequest("https://a.example/x"), ("a.example", 443)),
        (HttpRequest("http://a.example/x"), ("a.example", 80)),
        (HttpRequest("http://a.example:8080/x"), ("a.example", 8080)),
        (TcpRequest("192.0.2.1", 22), ("192.0.2.1", 22)),
        (TlsRequest("192.0.2.1"), ("192.0.2.1", 443)),
        (DnsRequest("a.example", "AXFR", server="192.0.2.53"), ("192.0.2.53", 53)),
    ],
)
async def test_host_and_port_are_asked_for(request_: Request, place: tuple[str, int]) -> None:
    gate = Gate()
    await refuse_out_of_scope(request_, Asker(manifest(), gate))
    assert gate.asked == [place]


async def test_a_refused_port_is_not_contacted() -> None:
    with pytest.raises(NotPermitted, match="port 25 is excluded"):
        await refuse_out_of_scope(TcpRequest("192.0.2.1", 25), Asker(manifest(), Gate()))


async def test_the_resolvers_are_asked_about_any_name() -> None:
    gate = Gate()
    await refuse_out_of_scope(DnsRequest("a.example", "A"), Asker(manifest(), gate))
    assert gate.asked == []
