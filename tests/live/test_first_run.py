"""The first start names the owner and the organization as the settings say; later ones change nothing."""

from __future__ import annotations

import uuid

import pytest

from graph.errors import InvalidQuestion, Refused
from graph.store import Store
from server.auth import firstrun
from server.commands import preparing
from server.settings import OwnerSettings

MADE = """
MATCH (u:User {id: $id})-[:HAS_MEMBERSHIP]->(m:Membership)-[:IN]->(o:Organization)
RETURN u.email AS email, o.name AS name, m.role AS role, m.user = u.id AS is_theirs, u.is_platform_admin AS is_admin
"""


async def test_the_settings_name_them_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = str(uuid.uuid4())  # as on an empty database
    monkeypatch.setattr(firstrun, "OWNER", owner)
    address = f"First.{owner}@users.example"
    given = OwnerSettings(owner_email=address, organization=" Heron & Sons ")
    assert await preparing._owners_key(store, given)
    expected = {
        "email": address.lower(), "name": "Heron & Sons", "role": "OWNER", "is_theirs": True, "is_admin": True,
    }  # fmt: skip
    assert await store.read(MADE, {"id": owner}) == [expected]
    later = OwnerSettings(owner_email="other@users.example", organization="Other")
    assert await preparing._owners_key(store, later)
    assert await store.read(MADE, {"id": owner}) == [expected]


async def test_names_that_are_none_are_refused_in_words(store: Store) -> None:
    with pytest.raises(Refused, match="is not an email address"):
        await preparing._owners_key(store, OwnerSettings(owner_email="nobody"))
    with pytest.raises(InvalidQuestion, match="MIRAGE_ORGANIZATION"):
        await preparing._owners_key(store, OwnerSettings(organization=" "))
