"""What the application is made of: one of each per process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request

from graph.store import Store
from graph.writer import Writer
from server.accounts.invitations import Post
from server.audit.journal import Audit
from server.auth.gate import Gate
from server.auth.policy import Principal
from server.auth.quotas import Quotas
from server.graphql.context import Context
from server.graphql.events.hub import Hub
from server.graphql.execution import Executor
from server.jobs.queue import Queue
from server.settings_api import CypherDoor, ExplorerDoor
from server.vault.envelope import Sealing
from server.web.door import client_address
from server.web.reception import Reception
from server.web.seats import Seats


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """What requests are answered with."""

    store: Store
    queue: Queue
    writer: Writer
    reception: Reception
    executor: Executor
    hub: Hub
    sockets: Seats
    subscriptions: Seats
    quotas: Quotas
    audit: Audit
    keys: Sealing
    post: Post = field(default_factory=Post)
    now: Callable[[], datetime] = field(default=utc_now)
    cypher: CypherDoor = "off"
    explorer: ExplorerDoor = "everyone"

    @property
    def gate(self) -> Gate:
        """What finds out who asks."""
        return self.reception.gate

    def context_of(self, request: Request, principal: Principal) -> Context:
        """What resolvers know of a request over HTTP."""
        scope = request.scope
        return self.context(principal, scope["correlation_id"], client_address(scope))

    def context(self, principal: Principal, correlation_id: str, address: str = "") -> Context:
        """What resolvers know of a request, which came from `address`."""
        return Context(
            principal=principal,
            store=self.store,
            queue=self.queue,
            writer=self.writer,
            now=self.now,
            sessions=self.reception.sessions,
            gate=self.gate,
            audit=self.audit,
            keys=self.keys,
            correlation_id=correlation_id,
            cypher=self.cypher,
            post=self.post,
            address=address,
        )
