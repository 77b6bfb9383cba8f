"""Users: who there is, what they belong to, and letting somebody set a password by a link."""

from __future__ import annotations

import uuid
from datetime import timedelta

from graph.errors import NotFound
from graph.queries.account import (
    GET_USER,
    UPSERT_RESET,
    UPSERT_USER,
    UPSERT_USER_STATE,
    EmailParams,
    MadeUserRow,
    ResetParams,
    UpsertUserParams,
    UserRow,
    UserStateParams,
)
from graph.queries.organization import (
    LIST_MEMBERSHIPS,
    MembershipPageParams,
    MembershipRow,
)
from graph.store import Store
from server.accounts.acting import now
from server.accounts.naming import email_of, name_of
from server.accounts.tokens import Token, make_token

RESET_LIFE = timedelta(hours=24)
MOST_MEMBERSHIPS = 500


async def add(
    store: Store, email: str, name: str | None = None, *, is_platform_admin: bool = False
) -> MadeUserRow:
    """Make a user without a password; one who is known stays as they are. Raises Refused, InvalidQuestion."""
    known = await _known(store, email)
    if known is not None:
        return MadeUserRow(id=known.id, is_new=False)
    params = UpsertUserParams(
        id=str(uuid.uuid4()),
        email=email_of(email),
        name=None if name is None else name_of(name),
        password=None,
        is_platform_admin=is_platform_admin,
        now=now(),
    )
    made = await store.fetch(UPSERT_USER.bind(params))
    return made[0]


async def get(store: Store, email: str) -> UserRow:
    """A user by e-mail address. Raises NotFound, Refused for what is no address."""
    found = await _known(store, email) or await _known(store, email_of(email))
    if found is None:
        raise NotFound(f"there is no user {email}")
    return found


async def _known(store: Store, email: str) -> UserRow | None:
    """A user by the address as it is stored: the first owner's need not be one that mail reaches."""
    return await store.fetch_one(GET_USER.bind(EmailParams(email=email)))


async def suspend(store: Store, email: str, *, is_suspended: bool) -> UserRow:
    """Keep a user out of every organization, or end that. Raises NotFound."""
    found = await get(store, email)
    since = (found.suspended_at or now()) if is_suspended else None
    await store.fetch(
        UPSERT_USER_STATE.bind(UserStateParams(email=found.email, suspended_at=since))
    )
    return await get(store, found.email)


async def allow_reset(store: Store, email: str) -> Token:
    """A token by which a user sets a password, once, within a day; former ones end. Raises NotFound."""
    found = await get(store, email)
    token, at = make_token(), now()
    params = ResetParams(email=found.email, hash=token.hash, now=at, expires_at=at + RESET_LIFE)
    await store.fetch(UPSERT_RESET.bind(params))
    return token


async def list_memberships(store: Store, user: str) -> list[MembershipRow]:
    """The organizations that a user may enter now, by name; at most MOST_MEMBERSHIPS.

    Suspended users, memberships and organizations are left out, and so are deleted organizations.
    """
    params = MembershipPageParams(user=user, behind=None, behind_id="", limit=MOST_MEMBERSHIPS)
    return await store.fetch(LIST_MEMBERSHIPS.bind(params))
