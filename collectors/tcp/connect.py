"""tcp.connect: which ports of an address are open, by connecting to each and saying nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, cast

from collectors._kit.base import Collector, Request, Response, TcpRequest, TcpResponse
from graph.model.base import Entity, Fact
from graph.model.network import HasPort, IPAddress, NetworkService


class Connect(Collector):
    """Tries each port of its options."""

    id: ClassVar[str] = "tcp.connect"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One connection for each port."""
        for port in sorted(set(cast(tuple[int, ...], self.options["ports"]))):
            yield TcpRequest(target.key, port, wait_s=0)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """A service where the connection was taken."""
        answer = cast(TcpResponse, response)
        if answer.is_open:
            address = cast(IPAddress, target)
            service = NetworkService(
                transport="tcp", address=address.key, port=answer.request.port, state="open"
            )
            yield HasPort(source=address, target=service)
