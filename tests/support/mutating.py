"""Sending a mutation with whatever has to be there before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.store import Store
from tests.api.conftest import Caller, MakeCaller
from tests.support.acting import send

ERRORS = "errors { code }"


@dataclass(frozen=True)
class World:
    """Whom and what a mutation can be about."""

    store: Store
    make_caller: MakeCaller
    caller: Caller
    cases: Mapping[str, Case]

    async def done(self, name: str, **variables: Any) -> dict[str, Any]:
        """What another mutation of the table gives, for the caller."""
        case = self.cases[name]
        answer = await send(self.caller.client, self.caller, case.query, variables, file=case.file)
        payload: dict[str, Any] = answer.json()["data"][name]
        assert payload["errors"] == [], payload
        return payload

    async def member(self) -> dict[str, str]:
        """Another member, by id."""
        other: Caller = await self.make_caller("ANALYST", beside=self.caller)
        return {"id": other.id}


Before = Callable[[World], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """A mutation, and its variables, made with whatever has to be there before.

    `role` is the caller's, in an organization that somebody else owns unless it is OWNER. Where it `ends_access`, the
    caller may not ask again afterwards. `refusal` is the code of what no process is there for.
    """

    query: str
    before: Before | None = None
    file: bytes | None = None
    role: str = "OWNER"
    is_platform_admin: bool = False
    ends_access: bool = False
    refusal: str = ""

    @property
    def codes(self) -> list[dict[str, str]]:
        """The errors that it ends with."""
        return [{"code": self.refusal}] if self.refusal else []

    async def world(
        self, store: Store, make_caller: MakeCaller, cases: Mapping[str, Case]
    ) -> World:
        """A caller who may send it, in an organization of its own."""
        owner: Caller = await make_caller()
        caller = owner if self.role == "OWNER" else await make_caller(self.role, beside=owner)
        if self.is_platform_admin:
            await store.execute(
                "MATCH (u:User {id: $user}) SET u.is_platform_admin = true", {"user": caller.id}
            )
        return World(store, make_caller, caller, cases)

    async def variables(self, world: World) -> dict[str, Any]:
        """What it is sent with."""
        return await self.before(world) if self.before else {}


def by_id(name: str, *path: str, **variables: Any) -> Before:
    """The id of what another mutation of the table made."""

    async def before(world: World) -> dict[str, Any]:
        found: Any = await world.done(name, **variables)
        for step in path:
            found = found[step]
        return {"id": found}

    return before
