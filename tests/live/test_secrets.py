"""Secrets in the real database: set, used, removed, and put under a new master key while they are."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import pytest_asyncio

from collectors._kit.channel_testing import SAMPLE
from graph.queries.vault import LIST_SEALED, LIST_SEALED_LABELS
from graph.store import Store
from server.audit.chain import append
from server.audit.events import Actor, Event
from server.audit.verifying import verify
from server.auth.factors import SecondFactors
from server.auth.policy import GRANTS, Principal, Role
from server.auth.signing import SigningKeys
from server.graphql.repeats import Kept, Keyed, Repeats
from server.notify.letters import Courier, Outbox
from server.notify.mail import Mail, Mailer
from server.notify.spreading import record
from server.vault import rotation
from server.vault.envelope import MasterKeys, SealBroken, version_of
from server.vault.keys import with_new, without
from server.vault.keystate import usable
from server.vault.places import PLACES, place
from server.vault.rotation import reseal
from server.vault.secrets import NewValue, SecretMissing, SecretName, Secrets
from tests.support.keys import MASTERS, opened

VALUE = "heron-api-key-0123456789"


def value(text: str = VALUE, change: str = "", **more: Any) -> NewValue:
    return NewValue(text, "user", change or str(uuid.uuid4()), **more)


async def stored(store: Store, org: str) -> list[dict[str, Any]]:
    rows = await store.read("MATCH (s:Secret {org: $org}) RETURN properties(s) AS s", {"org": org})
    return [row["s"] for row in rows]


async def test_a_secret_is_set_used_and_removed(store: Store, org: str) -> None:
    secrets, which = Secrets(store, MASTERS), SecretName(org, "heron", "api_key")
    await secrets.set(which, value())

    assert await opened(secrets, org, "heron", ["api_key"]) == {"api_key": VALUE}
    [row] = await secrets.listed(org)
    assert (row.source, row.name, row.version, row.key_version) == ("heron", "api_key", 1, "1")
    assert row.created_by == "user"
    assert row.last_used_at is not None
    assert VALUE not in str(row)
    assert VALUE not in str(await stored(store, org))

    assert await secrets.remove(which)
    assert not await secrets.remove(which)
    assert await secrets.listed(org) == []


async def test_a_new_value_replaces_the_old_one_and_counts(store: Store, org: str) -> None:
    secrets, which = Secrets(store, MASTERS), SecretName(org, "heron", "api_key")
    await secrets.set(which, value())
    await secrets.set(which, value("another-value", "change-1"))
    await secrets.set(which, value("another-value", "change-1"))
    assert await opened(secrets, org, "heron", ["api_key"]) == {"api_key": "another-value"}
    assert [row.version for row in await secrets.listed(org)] == [2]

    await secrets.set(which, value("set by somebody else meanwhile"))
    await secrets.set(which, value("another-value", "change-1"))
    values = await opened(secrets, org, "heron", ["api_key"])
    assert values == {"api_key": "set by somebody else meanwhile"}


async def test_secrets_of_others_do_not_exist(store: Store, org: str) -> None:
    secrets, other = Secrets(store, MASTERS), str(uuid.uuid4())
    await secrets.set(SecretName(other, "heron", "api_key"), value())

    assert await secrets.listed(org) == []
    assert not await secrets.remove(SecretName(org, "heron", "api_key"))
    with pytest.raises(SecretMissing, match="api_key of heron"):
        await opened(secrets, org, "heron", ["api_key"])


async def test_one_that_has_expired_is_as_good_as_none(store: Store, org: str) -> None:
    secrets, now = Secrets(store, MASTERS), datetime.now(UTC)
    past = now - timedelta(seconds=1)
    await secrets.set(SecretName(org, "heron", "api_key"), value(expires_at=past))
    await secrets.set(
        SecretName(org, "stork", "api_key"), value(expires_at=now + timedelta(days=1))
    )

    assert usable(await secrets.listed(org), now) == {("stork", "api_key")}
    with pytest.raises(SecretMissing):
        await opened(secrets, org, "heron", ["api_key"])


async def test_a_sealed_value_moved_to_another_organization_does_not_open(
    store: Store, org: str
) -> None:
    secrets, other = Secrets(store, MASTERS), str(uuid.uuid4())
    for each in (org, other):
        await secrets.set(SecretName(each, "heron", "api_key"), value(f"{VALUE}-{each}"))
    await store.execute(
        "MATCH (a:Secret {org: $from}), (b:Secret {org: $to}) SET b.sealed = a.sealed",
        {"from": other, "to": org},
    )

    with pytest.raises(SealBroken):
        await opened(secrets, org, "heron", ["api_key"])


@pytest_asyncio.fixture
async def scratch(
    store: Store, org: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MasterKeys]:
    """Keys of the test's own; only what is sealed under them is seen, for others share the database."""
    keys = MasterKeys(f"t{org[:8]}", {f"t{org[:8]}": b"k" * 32})
    real = Store.fetch

    async def fetch(self: Store, query: Any, **more: Any) -> list[Any]:
        if query.text == LIST_SEALED.file.text:
            every = replace(query, parameters={**query.parameters, "limit": 1_000_000})
            rows = await real(self, every, **more)
            own = [row for row in rows if version_of(row.properties["sealed"]) in keys.keys]
            return own[: query.parameters["limit"]]
        rows = await real(self, query, **more)
        if query.text == LIST_SEALED_LABELS.file.text:
            return [row for row in rows if row.label in (*PLACES, "Unlisted")]
        return rows

    monkeypatch.setattr(Store, "fetch", fetch)
    yield keys
    await store.execute(
        "MATCH (n) WHERE n.org = $org OR n.sealed STARTS WITH $own DETACH DELETE n",
        {"org": org, "own": f"v1.{keys.current}"},
    )


async def test_everything_goes_under_the_new_key_while_others_use_it(
    store: Store, org: str, scratch: MasterKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "PAGE", 7)
    before = Secrets(store, scratch)
    for number in range(20):
        await before.set(SecretName(org, "heron", f"key{number}"), value(f"{VALUE}-{number}"))
    for number in range(3):
        await append(store, scratch, org, [Event(f"act{number}", Actor(org))])
    newer = with_new(scratch, f"{scratch.current}b")

    async def use() -> None:
        for _ in range(10):
            await Secrets(store, newer).set(
                SecretName(org, "heron", "key3"), value("set meanwhile")
            )
            await append(store, newer, org, [Event("meanwhile", Actor(org))])

    _, told = await asyncio.gather(use(), reseal(store, newer))

    assert told.broken == []
    assert told.in_use[scratch.current] == 0
    only_new = without(newer, scratch.current)
    values = await opened(Secrets(store, only_new), org, "heron", [f"key{n}" for n in range(20)])
    assert values == {f"key{n}": f"{VALUE}-{n}" for n in range(20)} | {"key3": "set meanwhile"}
    assert {row["key_version"] for row in await stored(store, org)} == {newer.current}
    [chain] = await verify(store, only_new, org)
    assert (chain.rows, chain.problem) == (13, "")
    again = await reseal(store, newer)
    assert (sum(again.done.values()), again.broken) == (0, [])


async def test_what_cannot_be_resealed_is_named_and_the_rest_is_done(
    store: Store, org: str, scratch: MasterKeys
) -> None:
    secrets = Secrets(store, scratch)
    for name in ("good", "bad"):
        await secrets.set(SecretName(org, "heron", name), value())
    await store.execute(
        "MATCH (g:Secret {org: $org, name: 'good'}), (b:Secret {org: $org, name: 'bad'}) "
        "SET b.sealed = g.sealed CREATE (:Unlisted {org: $org, sealed: g.sealed})",
        {"org": org},
    )
    newer = with_new(scratch, f"{scratch.current}b")

    told = await reseal(store, newer)

    assert told.done == {"Secret": 1}
    bad = SecretName(org, "heron", "bad").id
    first, second = sorted(told.broken)
    assert first.startswith(f"Secret {bad}: a sealed value does not open")
    assert second.startswith("Unlisted: nobody said")
    assert told.in_use[scratch.current] == 2, "the old key is still needed"


class Given(Mailer):
    """A mailer that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)


async def test_whatever_is_sealed_anywhere_opens_under_the_new_key_alone(
    store: Store, org: str, scratch: MasterKeys
) -> None:
    newer = with_new(scratch, f"{scratch.current}b")
    only_new = without(newer, scratch.current)
    user, key = str(uuid.uuid4()), Keyed("k", principal(org), "asked")
    await store.execute("CREATE (:User {id: $user, org: $org})", {"user": user, "org": org})
    await Secrets(store, scratch).set(SecretName(org, "heron", "api_key"), value())
    await append(store, scratch, org, [Event("act", Actor(org))])
    given = Kept(b"{}", (), has_data=True)
    await Repeats(store, scratch).once(key, lambda _: _soon(given))
    kid, private = await SigningKeys(store, scratch, ring=org).signer()
    enrolled = await SecondFactors(store, scratch).begin(user, "a@x.example", "Mirage")
    await Outbox(store, scratch).send("a@x.example", "A letter", org)
    waiting = await _delivery(store, scratch, org)

    told = await reseal(store, newer)

    assert (told.broken, told.in_use[scratch.current]) == ([], 0)
    assert told.done.keys() == PLACES.keys()
    assert (await opened(Secrets(store, only_new), org, "heron", ["api_key"]))["api_key"] == VALUE
    assert [each.problem for each in await verify(store, only_new, org)] == [""]
    assert await Repeats(store, only_new).once(key, lambda _: _soon(None)) == given
    again, same = await SigningKeys(store, only_new, ring=org).signer()
    assert (again, same.as_pem(private=True)) == (kid, private.as_pem(private=True))
    code = pyotp.TOTP(enrolled.secret).now()
    assert len(await SecondFactors(store, only_new).confirm(user, code)) == 10
    mailer = Given()
    await Courier(store, only_new, mailer).deliver(await _letter(store, newer.current))
    assert [mail.text for mail in mailer.mails] == [org]
    kept = await store.read_single("MATCH (d:Delivery {id: $id}) RETURN d.sealed", {"id": waiting})
    assert SAMPLE.title.encode() in only_new.open(kept, place("Delivery", id=waiting))


async def test_a_signing_key_that_was_put_under_a_new_key_meanwhile_is_read_again(
    store: Store, org: str, scratch: MasterKeys
) -> None:
    newer = with_new(scratch, f"{scratch.current}b")
    kid, _ = await SigningKeys(store, scratch, ring=org).signer()
    other = SigningKeys(store, without(newer, scratch.current), ring=org)
    await other.published()  # it has read the key, and not opened it
    await reseal(store, newer)

    assert (await other.signer())[0] == kid


async def _letter(store: Store, version: str) -> str:
    found = "MATCH (l:Letter) WHERE l.sealed STARTS WITH $own RETURN l.id AS id"
    [row] = await store.read(found, {"own": f"v1.{version}."})
    return str(row["id"])


async def _soon(given: Any) -> Any:
    return given


def principal(org: str) -> Principal:
    return Principal("u", "u@x.example", org, "Org", "OWNER", "key", GRANTS[Role.OWNER])


async def _delivery(store: Store, keys: MasterKeys, org: str) -> str:
    """A notice that was given up, of an organization; its id."""
    made = record(keys, "channel", SAMPLE.model_copy(update={"id": f"{org}-delivery"}))
    await store.execute(
        "CREATE (:Delivery {id: $id, org: $org, sealed: $sealed, state: 'DEAD'})",
        {"id": made["id"], "org": org, "sealed": made["sealed"]},
    )
    return made["id"]
