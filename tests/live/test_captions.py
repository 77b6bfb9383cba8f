"""What entities are called: by the values that hold, whoever names them first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.facts import Answer, Outcome
from graph.model.base import Entity, Fact
from graph.model.file import File
from graph.model.network import DomainName
from graph.model.party import LegalEntity
from graph.store import Store
from tests.support.correlating import day, write
from tests.support.facts import new_org

FIRST, SECOND = DomainName(name="www.one.example"), DomainName(name="www.two.example")
HALYARD = LegalEntity(jurisdiction="DE", registration_number="HRB15", name="Halyard Hosting GmbH")


def said(about: Entity, at: datetime, *facts: Fact) -> Answer:
    outcome = Outcome.FOUND if facts else Outcome.ABSENT
    return Answer(about, "test", outcome, at, at, facts)


async def called(store: Store, org: str, entity: Entity) -> Any:
    return await store.read_single(
        "MATCH (n:Entity {id: $id}) RETURN n.caption", {"id": entity.id_in(org)}
    )


async def test_an_entity_is_called_by_its_values_whoever_names_it_first(store: Store) -> None:
    org = new_org()
    nameless = LegalEntity.from_key(HALYARD.key)

    await write(store, org, said(FIRST, day(-3), nameless), said(SECOND, day(-2), HALYARD))

    assert await called(store, org, HALYARD) == "Halyard Hosting GmbH"


async def test_an_entity_that_is_made_again_from_its_answers_keeps_its_name(store: Store) -> None:
    org = new_org()
    await write(store, org, said(FIRST, day(-3), HALYARD))
    await write(store, org, said(FIRST, day(-1), HALYARD))

    await write(store, org, said(FIRST, day(-2)))  # late, and silent: it held twice

    assert await called(store, org, HALYARD) == "Halyard Hosting GmbH"


async def test_a_file_without_a_name_is_made_again_from_late_answers(store: Store) -> None:
    """Its digest is a value and makes its key; lists that nobody stated are empty, not unknown."""
    for digest in ("0" * 64, "1" * 64):
        org = new_org()
        file = File.from_key(digest)
        await write(store, org, said(FIRST, day(-9), file))
        await write(store, org, said(FIRST, day(-1), *((file,) if digest[0] == "0" else ())))

        await write(store, org, said(FIRST, day(-2)))
        await write(store, org, said(FIRST, day(-3), file))

        assert await called(store, org, file) == digest
