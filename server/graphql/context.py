"""What resolvers know of the request: who asks, and the doors to the database and the queue."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry

from graph.errors import NotPermitted
from graph.facts import MARKINGS
from graph.model.base import name_id
from graph.select.plan import Reader
from server.accounts.acting import Actor
from server.accounts.invitations import Post
from server.audit import events
from server.auth.policy import GRANTS, Role
from server.graphql.once import Once
from server.graphql.together import Together

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.store import Store
    from graph.writer import Writer
    from server.audit.journal import Audit
    from server.auth.gate import Gate
    from server.auth.policy import Permission, Principal
    from server.auth.sessions import Sessions
    from server.graphql.repeats import Repeat
    from server.jobs.queue import Queue
    from server.settings_api import CypherDoor
    from server.vault.envelope import Sealing

ROOTS = ("Query.", "Mutation.", "Subscription.")


@dataclass
class Context:
    """One request. `org` is always set: there is no request without an organization.

    `resolved` are the root fields, as they are called in the answer, below which relationships are those of all that
    are one.
    """

    principal: Principal
    store: Store
    queue: Queue
    writer: Writer
    now: Callable[[], datetime]
    sessions: Sessions
    gate: Gate
    audit: Audit
    keys: Sealing
    correlation_id: str = ""
    cypher: CypherDoor = "off"
    post: Post = field(default_factory=Post)
    address: str = ""
    bookmarks: tuple[str, ...] = ()
    repeat: Repeat | None = None
    once: Once = field(default_factory=Once)
    together: Together = field(default_factory=Together)
    resolved: set[str | int] = field(default_factory=set)

    @property
    def org(self) -> str:
        """The id of the organization the caller acts for."""
        return self.principal.org

    @property
    def actor(self) -> Actor:
        """The caller, as changes of accounts know them."""
        return Actor.of(self.principal)

    @property
    def caller(self) -> events.Actor:
        """Who asks, as the audit tells it."""
        who = self.principal
        return events.Actor(who.org, who.user, who.credential, self.address, self.correlation_id)

    async def require(self, permission: Permission, what: str) -> None:
        """Raise NotPermitted, naming `what` was asked for, unless the caller may do it.

        Where no viewer may either, the audit is told: one row with what was tried. Raises StoreUnavailable where that
        cannot be.
        """
        try:
            self.principal.require(permission, what)
        except NotPermitted as refusal:
            if permission not in GRANTS[Role.VIEWER]:
                tried = what.split(".", 1)[-1] if what.startswith(ROOTS) else what
                told = {"needs": permission.value}
                event = events.Event(tried, self.caller, outcome=refusal.code, details=told)
                await self.audit.record(event)
            raise

    def new_id(self, info: Info, what: str) -> str:
        """The id of something that a mutation makes; the same one where a request with a key is carried out again."""
        if self.repeat is None:
            return str(uuid.uuid4())
        path = ".".join(str(step) for step in info.path.as_list())
        return name_id(self.repeat.namespace, path, what)

    @property
    def readable(self) -> list[str] | None:
        """The markings that the caller may read; None where that is all of them."""
        readable = self.principal.readable
        return None if len(readable) == len(MARKINGS) else readable

    @property
    def reader(self) -> Reader:
        """The caller as statements know them."""
        return Reader(self.org, self.principal.user, self.readable)


Info: TypeAlias = strawberry.Info[Context, Any]
