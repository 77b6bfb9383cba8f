"""What resolvers know of the request: who asks, and the doors to the database and the queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry

from server.accounts.acting import Actor
from server.accounts.invitations import Post

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.store import Store
    from graph.writer import Writer
    from server.auth.gate import Gate
    from server.auth.policy import Principal
    from server.auth.sessions import Sessions
    from server.jobs.queue import Queue
    from server.settings import CypherDoor


@dataclass
class Context:
    """One request. `org` is always set: there is no request without an organization."""

    principal: Principal
    store: Store
    queue: Queue
    writer: Writer
    now: Callable[[], datetime]
    sessions: Sessions
    gate: Gate
    correlation_id: str = ""
    cypher: CypherDoor = "off"
    post: Post = field(default_factory=Post)
    bookmarks: list[str] = field(default_factory=list)

    @property
    def org(self) -> str:
        """The id of the organization the caller acts for."""
        return self.principal.org

    @property
    def actor(self) -> Actor:
        """The caller, as changes of accounts know them."""
        return Actor.of(self.principal)


Info: TypeAlias = strawberry.Info[Context, Any]
