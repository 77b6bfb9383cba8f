"""Signing keys: made once, published before they sign, kept until their tokens end, rotated while all goes on."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any, cast

import pytest

from graph.errors import StoreUnavailable
from graph.store import Store
from server.auth import signing
from server.auth.signing import KEY_LIFE, LEAD, LEEWAY, TOKEN_LIFE, SigningKeys
from server.auth.tokens import AccessTokens, TokenRefused
from server.vault.envelope import MasterKeys, SealBroken
from tests.api.test_token_attacks import Clock
from tests.support.keys import MASTERS
from tests.support.tokens import ISSUER, NOW


@pytest.fixture
def ring() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Process:
    """One process' view of the keys, and its tokens."""

    def __init__(
        self, store: Store, ring: str, clock: Clock, masters: MasterKeys = MASTERS
    ) -> None:
        self.keys = SigningKeys(store, masters, clock, ring)
        self.tokens = AccessTokens(self.keys, ISSUER, clock)

    async def issue(self) -> str:
        return await self.tokens.issue("u1", "o1", "s1")

    async def looks_again(self) -> None:
        """What a minute would do."""
        await self.keys._load()

    async def kids(self) -> list[object]:
        return [key["kid"] for key in (await self.keys.published())["keys"]]


@pytest.fixture
def here(store: Store, ring: str, clock: Clock) -> Process:
    return Process(store, ring, clock)


@pytest.fixture
def there(store: Store, ring: str, clock: Clock) -> Process:
    return Process(store, ring, clock)


async def test_many_processes_make_one_first_key(store: Store, ring: str, clock: Clock) -> None:
    processes = [Process(store, ring, clock) for _ in range(5)]
    tokens = await asyncio.gather(*(each.issue() for each in processes))

    assert len({(await each.keys.signer())[0] for each in processes}) == 1
    for token in tokens:
        for each in processes:
            await each.tokens.check(token)


async def test_who_finds_no_key_takes_the_one_that_another_makes_meanwhile(
    here: Process, there: Process
) -> None:
    assert await here.kids() == []  # it has looked, and will not again for a minute
    token = await there.issue()

    assert (await here.keys.signer())[0] == (await there.keys.signer())[0]
    await there.looks_again()
    assert await there.tokens.check(token)


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_outlives_its_tokens(
    here: Process, there: Process, clock: Clock
) -> None:
    first = await here.issue()
    old, _ = await here.keys.signer()
    assert await there.tokens.check(first)

    new = await here.keys.rotate()
    await there.looks_again()
    assert await here.kids() == await there.kids() == [old, new]
    assert (await here.keys.signer())[0] == old, "nobody may know the new one yet"

    clock.now = NOW + LEAD - timedelta(seconds=1)
    last_of_old = await there.issue()
    clock.now = NOW + LEAD
    for process in (here, there):
        assert (await process.keys.signer())[0] == new
        assert await process.tokens.check(last_of_old)
    fresh = await here.issue()
    assert await there.tokens.check(fresh)

    clock.now = NOW + LEAD + TOKEN_LIFE + LEEWAY - timedelta(seconds=2)
    assert await there.tokens.check(last_of_old), "until the last of its tokens has ended"
    clock.now = NOW + LEAD + TOKEN_LIFE + 2 * LEEWAY
    assert await here.kids() == await there.kids() == [new]
    with pytest.raises(TokenRefused):
        await there.tokens.check(last_of_old)


async def test_a_key_that_leaked_ends_at_once(here: Process, there: Process) -> None:
    stolen = await here.issue()
    assert await there.tokens.check(stolen)
    new = await here.keys.rotate(at_once=True)
    await there.looks_again()

    for process in (here, there):
        with pytest.raises(TokenRefused, match="not ours"):
            await process.tokens.check(stolen)
    assert (await there.keys.signer())[0] == new
    assert await there.tokens.check(await here.issue())


async def test_ending_at_once_ends_a_key_that_was_still_to_come(
    here: Process, clock: Clock
) -> None:
    await here.issue()
    waiting = await here.keys.rotate()
    new = await here.keys.rotate(at_once=True)
    clock.now = NOW + 2 * LEAD

    assert (await here.keys.signer())[0] == new
    assert waiting not in await here.kids()


async def test_an_unknown_name_is_looked_up_but_not_for_each_forgery(
    here: Process, there: Process, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await there.issue()
    await here.keys.rotate(at_once=True)
    token = await here.issue()
    monkeypatch.setattr(signing, "RELOAD_UNKNOWN_S", 0.0)
    assert await there.tokens.check(token), "a key of another process is found at once"

    monkeypatch.setattr(signing, "RELOAD_UNKNOWN_S", 60.0)
    before = store.statements
    for number in range(50):
        assert await there.keys.public(f"forged{number}") is None
    assert store.statements == before


async def test_rotation_by_the_clock(here: Process, clock: Clock) -> None:
    assert await here.keys.rotate_if_due() is None, "there is no key before one is needed"
    await here.issue()
    assert await here.keys.rotate_if_due() is None
    clock.now = NOW + KEY_LIFE
    new = await here.keys.rotate_if_due()
    assert new is not None
    assert await here.keys.rotate_if_due() is None, "once"
    clock.now += LEAD
    assert (await here.keys.signer())[0] == new


async def test_two_who_rotate_at_once_make_one_key(here: Process, there: Process) -> None:
    await here.issue()
    made = await asyncio.gather(here.keys.rotate(), there.keys.rotate())
    await here.looks_again()

    assert len(set(made)) == 1
    assert len(await here.kids()) == 2


async def test_keys_that_ended_long_ago_are_forgotten(
    here: Process, clock: Clock, store: Store, ring: str
) -> None:
    await here.issue()
    await here.keys.rotate(at_once=True)
    count = "MATCH (k:SigningKey {ring: $ring}) RETURN count(k)"
    assert await store.read_single(count, {"ring": ring}) == 2
    clock.now = NOW + KEY_LIFE + timedelta(seconds=1)
    await here.keys.rotate_if_due()
    assert await store.read_single(count, {"ring": ring}) == 2, "the ended one went, one was made"


async def test_the_private_part_lies_sealed(here: Process, store: Store, ring: str) -> None:
    kid, private = await here.keys.signer()
    [row] = await store.read(
        "MATCH (k:SigningKey {ring: $ring}) RETURN properties(k) AS p", {"ring": ring}
    )
    secret = str(private.as_dict(private=True)["d"])

    assert secret not in str(row)
    assert MASTERS.open(row["p"]["sealed"], f"signing/{kid}") == private.as_pem(private=True)
    with pytest.raises(SealBroken):
        MASTERS.open(row["p"]["sealed"], "signing/another")


async def test_with_the_database_away_known_keys_go_on(
    here: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await here.issue()

    class Away:
        async def fetch(self, *_: Any) -> Any:
            raise StoreUnavailable("away")

    here.keys._store = cast(Store, Away())
    monkeypatch.setattr(signing, "RELOAD_S", 0.0)
    assert await here.tokens.check(token)
    assert await here.issue()
