"""The first start: an organization, its owner, and the owner's key.

Safe to call from many processes at once: one of them makes the owner, the others find it made.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from graph.model.base import name_id
from graph.queries.account import (
    UPSERT_KEY,
    UPSERT_OWNER,
    OwnerParams,
    UpsertKeyParams,
)
from graph.store import Store
from server.auth.keys import make_key

ADDRESS = "owner@localhost"
ORGANIZATION = "My organization"

OWNER = name_id("User", "owner of the installation")
"""The first user's id. It is always the same, so that only one can be made."""


async def ensure_owner(
    store: Store, email: str = ADDRESS, organization: str = ORGANIZATION
) -> str | None:
    """Make the owner if there is none yet, and give the owner's new API key; None if there is one."""
    key = make_key()
    made = await store.fetch_one(
        UPSERT_OWNER.bind(
            OwnerParams(
                user=OWNER,
                email=email,
                org=str(uuid.uuid4()),
                org_name=organization,
                membership=str(uuid.uuid4()),
                key=str(uuid.uuid4()),
                prefix=key.prefix,
                hash=key.hash,
                now=datetime.now(UTC),
            )
        )
    )
    return key.text if made else None


async def renew_owner_key(store: Store) -> str:
    """A further API key for the owner, for when the first one is lost. Earlier ones keep working."""
    key = make_key()
    await store.fetch_one(
        UPSERT_KEY.bind(
            UpsertKeyParams(
                user=OWNER,
                key=str(uuid.uuid4()),
                prefix=key.prefix,
                hash=key.hash,
                name="owner",
                now=datetime.now(UTC),
            )
        )
    )
    return key.text
