"""Sessions: refresh tokens that are good once, lifetimes, changing the organization, ending one's own, streams."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from graph.errors import NotPermitted
from graph.store import Store
from server.auth.refusals import SessionEnded
from server.auth.sessions import (
    MOST_SIBLINGS,
    Client,
    Issued,
    Lifetimes,
    Sessions,
    TokenReused,
    Wanted,
    refresh_secret,
)
from tests.api.signin.conftest import MakePerson, Person

HOME = Client("198.51.100.7", "Browser/1")
NEXT_DOOR = Client("198.51.100.99", "Browser/1")
ELSEWHERE = Client("203.0.113.9", "Browser/1")
OTHER_AGENT = Client("198.51.100.7", "Script/2")


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(store: Store, clock: Clock) -> Sessions:
    return Sessions(store, Lifetimes(timedelta(days=7), timedelta(hours=12)), clock)


async def begun(sessions: Sessions, person: Person, client: Client = HOME) -> Issued:
    return await sessions.issue(Wanted(person.user, person.orgs[0], "TOKEN", "PASSWORD"), client)


async def test_a_refresh_token_is_good_once_and_its_session_goes_on(
    sessions: Sessions, person: Person
) -> None:
    first = await begun(sessions, person)
    second = await sessions.renew(first.secret, HOME)
    third = await sessions.renew(second.secret, ELSEWHERE)

    assert len({first.secret, second.secret, third.secret}) == 3
    assert {first.id, second.id, third.id} == {first.id}
    assert (third.user, third.org, third.expires_at) == (first.user, first.org, first.expires_at)


REUSES: dict[str, tuple[Client, float]] = {
    "after the grace": (HOME, 11),
    "within the grace, from elsewhere": (ELSEWHERE, 1),
    "within the grace, by another program": (OTHER_AGENT, 1),
    "much later": (HOME, 3600),
}


@pytest.mark.parametrize("name", REUSES)
async def test_a_token_that_comes_again_ends_its_session_for_everybody(
    sessions: Sessions, person: Person, clock: Clock, name: str
) -> None:
    client, seconds = REUSES[name]
    first = await begun(sessions, person)
    second = await sessions.renew(first.secret, HOME)
    clock.pass_by(seconds=seconds)

    with pytest.raises(TokenReused, match="used before"):
        await sessions.renew(first.secret, client)
    for secret in (second.secret, first.secret):
        with pytest.raises(SessionEnded):
            await sessions.renew(secret, HOME)
    assert await sessions.find(first.id) is None


async def test_an_old_token_ends_its_session_however_old_it_is(
    sessions: Sessions, person: Person, clock: Clock
) -> None:
    first = await begun(sessions, person)
    latest = first
    for _ in range(5):
        latest = await sessions.renew(latest.secret, HOME)
        clock.pass_by(minutes=10)
    with pytest.raises(TokenReused):
        await sessions.renew(first.secret, HOME)
    with pytest.raises(SessionEnded):
        await sessions.renew(latest.secret, HOME)


async def test_a_doubled_request_gets_a_token_of_its_own_and_one_of_both_stays(
    sessions: Sessions, person: Person, clock: Clock
) -> None:
    first = await begun(sessions, person)
    one = await sessions.renew(first.secret, HOME)
    other = await sessions.renew(first.secret, NEXT_DOOR)
    assert one.secret != other.secret

    clock.pass_by(minutes=10)
    follows = await sessions.renew(other.secret, HOME)
    clock.pass_by(minutes=10)
    with pytest.raises(TokenReused):  # a thief who was quick enough is found out here
        await sessions.renew(one.secret, HOME)
    with pytest.raises(SessionEnded):
        await sessions.renew(follows.secret, HOME)


async def test_a_hundred_doubled_requests_get_a_few_tokens_and_then_end_it(
    sessions: Sessions, person: Person
) -> None:
    first = await begun(sessions, person)
    ended = await asyncio.gather(
        *(sessions.renew(first.secret, HOME) for _ in range(20)), return_exceptions=True
    )
    good = [each for each in ended if isinstance(each, Issued)]

    assert len({each.secret for each in good}) == len(good) <= MOST_SIBLINGS
    assert [each for each in ended if isinstance(each, TokenReused)]
    assert await sessions.find(first.id) is None


FORGED: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "another form": lambda _: "mr_x_y",
    "random": lambda _: f"mr_{'a' * 43}_{'b' * 43}",
    "a cookie": lambda secret: f"ms_{refresh_secret(secret)}",
    "the id of the session": lambda secret: f"mr_{'0' * 43}_{secret[-43:]}",
    "cut": lambda secret: secret[:-1],
    "longer": lambda secret: secret + "A",
    "with a line's end": lambda secret: secret + "\n",
}


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_token_ends_nothing(sessions: Sessions, person: Person, name: str) -> None:
    first = await begun(sessions, person)
    with pytest.raises(SessionEnded):
        await sessions.renew(FORGED[name](first.secret), HOME)

    assert await sessions.renew(first.secret, HOME)


async def test_a_session_ends_when_it_is_not_used_and_at_its_end(
    sessions: Sessions, person: Person, clock: Clock
) -> None:
    idle = await begun(sessions, person)
    clock.pass_by(hours=12, seconds=1)
    assert await sessions.find(idle.id) is None
    with pytest.raises(SessionEnded):
        await sessions.renew(idle.secret, HOME)

    used = await begun(sessions, person)
    secret = used.secret
    while clock.now + timedelta(hours=11) < used.expires_at:
        clock.pass_by(hours=11)
        secret = (await sessions.renew(secret, HOME)).secret
    assert await sessions.find(used.id)
    clock.now = used.expires_at + timedelta(seconds=1)
    assert await sessions.find(used.id) is None
    with pytest.raises(SessionEnded):
        await sessions.renew(secret, HOME)


async def test_using_a_session_keeps_it_and_is_noted_once_a_minute(
    sessions: Sessions, person: Person, clock: Clock, store: Store
) -> None:
    issued = await begun(sessions, person)
    row = await sessions.find(issued.id)
    assert row is not None
    before = store.statements
    clock.pass_by(seconds=30)
    await sessions.note_use(row)
    assert store.statements == before
    clock.pass_by(hours=11)
    await sessions.note_use(row)
    clock.pass_by(hours=11)
    assert await sessions.find(issued.id), "else it would have been idle for 22 hours"


async def test_a_user_has_a_hundred_sessions_and_the_least_used_one_ends(
    sessions: Sessions, person: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.auth.sessions.MOST_SESSIONS", 3)
    made = []
    for _ in range(4):
        made.append(await begun(sessions, person))
        clock.pass_by(seconds=1)

    assert [row.id for row in await sessions.list_of(person.user)] == [
        each.id for each in reversed(made[1:])
    ]


async def test_nobody_gets_a_session_where_they_do_not_belong(
    sessions: Sessions, make_person: MakePerson
) -> None:
    mine, theirs = await make_person(), await make_person()
    with pytest.raises(NotPermitted):
        await sessions.issue(Wanted(mine.user, theirs.orgs[0], "TOKEN", "PASSWORD"), HOME)


async def test_only_hashes_are_kept(sessions: Sessions, person: Person, store: Store) -> None:
    first = await begun(sessions, person)
    second = await sessions.renew(first.secret, HOME)
    [row] = await store.read(
        "MATCH (s:Session {id: $id}) RETURN properties(s) AS p", {"id": first.id}
    )

    for secret in (first.secret, second.secret):
        parts = re.findall(
            r"_([A-Za-z0-9_-]{43})", secret
        )  # which may hold the separator themselves
        assert len(parts) == 2
        for part in parts:
            assert part not in str(row)


async def test_what_ended_long_ago_is_forgotten(
    sessions: Sessions, person: Person, clock: Clock, store: Store
) -> None:
    issued = await begun(sessions, person)
    count = "MATCH (s:Session {id: $id}) RETURN count(s)"
    clock.now = issued.expires_at + timedelta(days=89)
    await sessions.forget_old()
    assert await store.read_single(count, {"id": issued.id}) == 1
    clock.pass_by(days=2)
    # Other tests of this database may have left more than is deleted at once.
    while await sessions.forget_old():
        pass
    assert await store.read_single(count, {"id": issued.id}) == 0


async def test_an_unknown_session_is_not_found(sessions: Sessions) -> None:
    assert await sessions.find(str(uuid.uuid4())) is None
