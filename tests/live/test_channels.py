"""What happens is told over channels, on a real database to a real receiver: all of it, once, and to nobody else."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from collectors._kit.channel_testing import SAMPLE
from graph.correlate.engine import Engine
from graph.errors import Conflict, NotFound
from graph.notices import Happened, leave_notices
from graph.queries import channel as queries
from graph.store import Store
from server.jobs.queue import Queue
from server.jobs.scans import Runs
from server.modules.catalog import registry
from server.modules.health import MOST_FAILURES
from server.notify import deliveries
from server.notify.deliveries import LIFE, Deliveries
from server.notify.events import ChannelEvent
from server.notify.kept import Channels, Kept, Wanted
from server.notify.recipients import Mailboxes
from server.notify.sending import Sending
from server.notify.spreading import TOGETHER_FROM, Spreader, record
from server.notify.sweeping import TAKEN_FOR
from server.vault.secrets import Secrets
from tests.live.test_breaker import DNS, SILENT, count
from tests.live.test_planning import KNOWN, begun
from tests.support.correlating import NEW, OLD, SITE, day, presents, rulebook, write
from tests.support.keys import MASTERS
from tests.support.receiving import Receiver, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = {"url": "https://site.example/in"}
NAMED = """
MERGE (o:Organization {id: $org})
ON CREATE SET o.name = 'Orrery Instruments', o.created_at = datetime()
"""


@dataclass
class Office:
    """A courier with a clock of its own, and the receiver that it reaches."""

    store: Store
    receiver: Receiver
    sending: Sending
    org: str = field(default_factory=lambda: str(uuid.uuid4()))
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def clock(self) -> datetime:
        return self.now

    @property
    def courier(self) -> Deliveries:
        """A courier that has just been started."""
        return Deliveries(self.store, MASTERS, self.sending, self.clock, jitter=lambda: 1.0)

    async def channel(self, *events: ChannelEvent, org: str = "", **more: Any) -> Kept:
        """A webhook of the organization that tells of these events, or of all."""
        org = org or self.org
        await self.store.execute(NAMED, {"org": org})
        given = {"name": "hooks", "options": URL, "secrets": {"signing_secret": SECRET}} | more
        wanted = Wanted(
            change=str(uuid.uuid4()), events=events or tuple(ChannelEvent),
            **{"least_severity": "INFO", "ceiling": "GREEN", "is_enabled": True, **given},
        )  # fmt: skip
        module = registry().channel("webhook")
        kept = Channels(self.store, Secrets(self.store, MASTERS))
        return await kept.set(org, str(uuid.uuid4()), module, wanted, "ann")

    async def spread(self) -> None:
        await Spreader(self.store, MASTERS, "https://mirage.example", self.clock).spread()

    async def log(self, kept: Kept) -> list[dict[str, Any]]:
        """What was or is to be sent over a channel, oldest first."""
        rows = await self.store.read(
            "MATCH (d:Delivery {channel: $id}) RETURN properties(d) AS d ORDER BY d.created_at, d.id",
            {"id": kept.id},
        )
        return [dict(row["d"]) for row in rows]

    async def told(self, kept: Kept) -> list[dict[str, Any]]:
        """Hand on what happened in two couriers at once, send what is due, and give all that came, in order."""
        await asyncio.gather(self.spread(), self.spread())
        for each in await self.log(kept):
            await self.courier.deliver(each["id"])
        came = [json.loads(body) for _, body in self.receiver.came]
        return sorted(came, key=lambda each: (each["timestamp"], each["type"]))

    async def notice(self, kept: Kept) -> str:
        """Something to be sent over a channel; its id."""
        made = SAMPLE.model_copy(update={"id": str(uuid.uuid4()), "organization": kept.org})
        params = queries.NewParams(
            org=kept.org, now=self.now, deliveries=[record(MASTERS, kept.id, made)]
        )
        await self.store.fetch(queries.UPSERT_DELIVERIES.bind(params))
        return made.id

    async def left(self) -> int:
        """How much lies there that nobody has handed on."""
        found = "MATCH (n:Notice {org: $org}) RETURN count(n)"
        return int(await self.store.read_single(found, {"org": self.org}))


@pytest_asyncio.fixture(loop_scope="session")
async def office(store: Store, tmp_path: Path) -> AsyncIterator[Office]:
    async with receiving(tmp_path) as (receiver, egress):
        yield Office(store, receiver, Sending(registry(), egress, Mailboxes(store)))


# --- what is told ------------------------------------------------------------------------------------------------


async def test_a_finding_that_opens_and_comes_back_is_told_each_time_once(office: Office) -> None:
    kept = await office.channel(ChannelEvent.FINDING_OPENED, ChannelEvent.FINDING_REOPENED)
    engine = Engine(office.store, rulebook("tls.expired"))
    for number, certificate in ((0, OLD), (1, NEW), (2, OLD)):
        touched = await write(office.store, office.org, presents(SITE, certificate, day(number)))
        await engine.evaluate(office.org, touched, day(number))
        await engine.evaluate(office.org, touched, day(number))
    assert await office.left() == 2

    opened, back = await office.told(kept)

    assert (opened["type"], back["type"]) == ("finding.opened", "finding.reopened")
    assert opened["timestamp"] == day(0).isoformat()
    data = opened["data"]
    assert data["title"] == f"The certificate without a name at {SITE.key} expired on 2026-05-01"
    assert (data["severity"], data["tlp"], data["organization"]) == ("HIGH", "", office.org)
    assert (data["organization_name"], data["link"]) == (
        "Orrery Instruments",
        "https://mirage.example",
    )
    assert data["fields"]["rule"] == "tls.expired"
    assert data["fields"]["question"].startswith(f'{{ finding(id: "{data["about"]}")')
    assert f"About: NetworkService {SITE.key}" in data["text"]
    assert opened["data"]["fingerprint"] != back["data"]["fingerprint"]
    assert len(await office.told(kept)) == 2, "nothing is sent again"
    assert await office.left() == 0
    assert {each["state"] for each in await office.log(kept)} == {"DELIVERED"}
    assert {each.get("sealed") for each in await office.log(kept)} == {None}


async def test_without_a_channel_that_asks_for_it_nothing_is_left(office: Office) -> None:
    await office.channel(ChannelEvent.RUN_FAILED)
    await office.channel(ChannelEvent.FINDING_OPENED, name="off", is_enabled=False)
    touched = await write(office.store, office.org, presents(SITE, OLD, day(0)))
    await Engine(office.store, rulebook("tls.expired")).evaluate(office.org, touched, day(0))

    assert await office.left() == 0


async def test_only_what_matters_and_may_be_told_goes_over_a_channel(office: Office) -> None:
    calm = await office.channel(name="calm", least_severity="CRITICAL")
    near = await office.channel(name="near", ceiling="AMBER")
    open_one = await office.channel(name="open", ceiling="GREEN")
    elsewhere = await office.channel(org=str(uuid.uuid4()))
    touched = await write(office.store, office.org, presents(SITE, OLD, day(0)))
    await office.store.execute(
        "MATCH (n:TLSCertificate {id: $id}) SET n.tlp = 'AMBER'", {"id": OLD.id_in(office.org)}
    )
    await Engine(office.store, rulebook("tls.expired")).evaluate(office.org, touched, day(0))
    await office.spread()

    assert [len(await office.log(each)) for each in (calm, near, open_one, elsewhere)] == [
        0,
        1,
        0,
        0,
    ]
    (made,) = await office.log(near)
    assert made["tlp"] == "AMBER"
    lower = Wanted(change="lower", ceiling="GREEN")
    kept = Channels(office.store, Secrets(office.store, MASTERS))
    await kept.set(office.org, near.id, registry().channel("webhook"), lower, "ann")
    assert await office.told(near) == []
    (given_up,) = await office.log(near)
    assert given_up["state"] == "DEAD"
    assert given_up["reason"] == "it is marked above GREEN, up to which the channel tells"


async def test_many_at_once_are_told_together_gravest_first(office: Office) -> None:
    kept = await office.channel()
    some = [
        Happened("module.opened", f"m{n}", "HIGH" if n == 7 else "LOW", details={"reason": "r"})
        for n in range(TOGETHER_FROM + 2)
    ]
    for _ in range(2):  # the same transaction, tried again
        await office.store.transact(lambda tx: leave_notices(tx, office.org, office.now, some))

    (one,) = await office.told(kept)

    assert one["data"]["title"] == "12 modules are not asked any more"
    lines = one["data"]["text"].splitlines()
    assert lines[0] == "HIGH: m7 does not work and is not asked"
    assert (len(lines), lines[-1]) == (11, "and 2 more")
    assert one["data"]["fields"] == {"count": 12}


async def test_a_run_that_ends_is_told_with_its_counts(
    office: Office, store: Store, queue: Queue
) -> None:
    office.org = str(uuid.uuid4())
    kept = await office.channel()
    runs = []
    for state in ("DONE", "FAILED", ""):
        world = await begun(store, KNOWN, collectors=("dns.resolve",), org=office.org)
        runs.append(world.run)
        if state:
            await world.end("dns.resolve", state, "broken" if state == "FAILED" else "")
        for _ in range(3):
            await world.step()
    for _ in range(2):
        await Runs(store, queue, office.org, "ann").cancel(runs[-1])

    told = {each["type"]: each["data"] for each in await office.told(kept)}

    assert len(office.receiver.came) == 3, "each is told once"
    assert [told[f"run.{each}"]["about"] for each in ("finished", "failed", "cancelled")] == runs
    finished, failed = told["run.finished"], told["run.failed"]
    assert (finished["title"], finished["severity"]) == ("The scan test finished", "INFO")
    assert finished["text"].startswith("Entities: 1\nJobs: 1 done, 0 failed\nRequests: 1")
    assert (finished["fields"]["state"], finished["fields"]["jobs_done"]) == ("FINISHED", 1)
    assert (failed["fields"]["jobs_failed"], failed["severity"]) == (1, "MEDIUM")
    assert told["run.cancelled"]["fields"]["reason"] == "cancelled"


async def test_a_module_that_opens_is_told_once_until_it_works_again(office: Office) -> None:
    kept = await office.channel(ChannelEvent.MODULE_OPENED)
    for number in range(MOST_FAILURES + 2):
        at = office.now + timedelta(seconds=number)
        await count(office.store, office.org, DNS, SILENT, at)

    (told,) = await office.told(kept)

    assert told["data"]["title"] == f"{DNS} does not work and is not asked"
    assert told["data"]["severity"] == "MEDIUM"
    assert told["data"]["text"].startswith("Reason: ")


async def test_what_is_gone_or_of_another_version_is_not_told(office: Office) -> None:
    kept = await office.channel()
    some = [Happened("finding.opened", "gone", "HIGH", "A title"), Happened("run.failed", "gone")]
    await office.store.transact(lambda tx: leave_notices(tx, office.org, office.now, some))
    await office.store.execute(
        "CREATE (:Notice {id: $id, org: $org, at: datetime(), event: 'moon.rose', about: '', severity: 'INFO', "
        "title: '', details: '{}'})",
        {"id": str(uuid.uuid4()), "org": office.org},
    )

    assert await office.told(kept) == []
    assert await office.left() == 0


# --- how it is sent ----------------------------------------------------------------------------------------------


async def test_what_a_dead_courier_had_taken_is_sent_once_by_the_next(office: Office) -> None:
    kept = await office.channel()
    which = await office.notice(kept)
    taking = queries.TakeParams(id=which, now=office.now, until=office.now + TAKEN_FOR)
    dead = await office.store.fetch_one(queries.TAKE_DELIVERY.bind(taking))
    assert dead is not None

    assert await office.courier.deliver(which) is False, "it may live still"
    office.now += TAKEN_FOR
    ended = await asyncio.gather(*(office.courier.deliver(which) for _ in range(4)))
    assert sorted(ended) == [False, False, False, True]
    assert await office.courier.deliver(which) is False
    assert [headers["webhook-id"] for headers, _ in office.receiver.came] == [which]
    # The one that was taken for dead says now that it failed.
    late = queries.FinishParams(
        id=which, tries=dead.tries, state="DEAD", reason="late", due_at=None, ended_at=office.now
    )
    assert await office.store.fetch(queries.FINISH_DELIVERY.bind(late)) == []
    (kept_now,) = await office.log(kept)
    assert (kept_now["state"], kept_now["tries"], kept_now["reason"]) == (
        "DELIVERED",
        2,
        "HTTP 204",
    )


async def test_what_cannot_be_sent_is_tried_for_a_day_then_given_up_and_sent_when_asked(
    office: Office,
) -> None:
    kept, office.receiver.status = await office.channel(), "500 Oh"
    which, began = await office.notice(kept), office.now
    pauses = []
    while (made := (await office.log(kept))[0])["state"] == "DUE":
        assert await office.courier.deliver(which) is False
        due = (await office.log(kept))[0].get("due_at")
        pauses.append((due.to_native() - office.now).total_seconds() if due else None)
        office.now = due.to_native() if due else office.now

    assert pauses[:5] == [10, 20, 40, 80, 160]
    assert (pauses[-2], pauses[-1]) == (3600, None)
    assert timedelta(hours=22) < office.now - began < LIFE
    assert (made["state"], made["reason"]) == ("DEAD", "site.example answered with HTTP status 500")
    assert len(office.receiver.came) == made["tries"] == len(pauses)

    office.receiver.status = "200 OK"
    assert await office.courier.deliver(which) is False
    await deliveries.resume(office.store, office.org, which, None, office.clock)
    await deliveries.resume(office.store, office.org, which, None, office.clock)
    assert await office.courier.deliver(which) is True
    (made,) = await office.log(kept)
    assert (made["state"], made["tries"]) == ("DELIVERED", len(pauses) + 1)
    with pytest.raises(Conflict, match="has arrived"):
        await deliveries.resume(office.store, office.org, which, None)
    with pytest.raises(NotFound):
        await deliveries.resume(office.store, str(uuid.uuid4()), which, None)


async def test_a_refusal_and_a_wish_to_wait_are_heeded(office: Office) -> None:
    kept, office.receiver.status = await office.channel(), "404 No"
    refused = await office.notice(kept)
    await office.courier.deliver(refused)
    office.receiver.status, office.receiver.headers = "429 Slow", "retry-after: 7200\r\n"
    waits = await office.notice(kept)
    await office.courier.deliver(waits)

    found = {each["id"]: each for each in await office.log(kept)}
    assert (found[refused]["state"], found[refused]["tries"]) == ("DEAD", 1)
    assert found[waits]["due_at"].to_native() == office.now + timedelta(hours=2)


async def test_a_try_that_takes_longer_than_it_is_held_is_ended(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await office.channel()
    which = await office.notice(kept)
    monkeypatch.setattr(deliveries, "LONGEST_TRY_S", 0.0)

    assert await office.courier.deliver(which) is False
    (made,) = await office.log(kept)
    assert (made["state"], made["reason"]) == ("DUE", "it was not sent within 0 s")


async def test_what_a_channel_lacks_is_told_and_nothing_is_sent(office: Office) -> None:
    kept = await office.channel()
    secrets = Secrets(office.store, MASTERS)
    await secrets.remove_keys(kept.org, [each.id for each in await secrets.listed(kept.org)])
    lacking = await office.notice(kept)
    disabled = await office.notice(kept)
    await office.courier.deliver(lacking)
    await office.store.execute(
        "MATCH (c:Channel {id: $id}) SET c.is_enabled = false", {"id": kept.id}
    )
    await office.courier.deliver(disabled)
    await office.store.execute(
        "MATCH (o:Organization {id: $org}) SET o.suspended_at = datetime()", {"org": kept.org}
    )
    suspended = await office.notice(kept)
    await office.courier.deliver(suspended)

    found = {each["id"]: (each["state"], each["reason"]) for each in await office.log(kept)}
    assert found == {
        lacking: (
            "DEAD",
            f"the secret signing_secret of channel:{kept.id} is not set, or has expired",
        ),
        disabled: ("DEAD", "the channel is disabled"),
        suspended: ("DEAD", "the organization is suspended"),
    }
    assert office.receiver.came == []


async def test_deliveries_of_long_ago_are_forgotten_and_a_channel_goes_with_its_own(
    office: Office,
) -> None:
    kept, other = await office.channel(), await office.channel(name="other")
    old, new = await office.notice(kept), await office.notice(kept)
    staying = await office.notice(other)
    aged = "MATCH (d:Delivery {id: $id}) SET d.created_at = datetime() - duration('P31D')"
    await office.store.execute(aged, {"id": old})
    hold, lift = "CREATE (:LegalHold {org: $o})", "MATCH (h:LegalHold {org: $o}) DELETE h"
    for text, left in ((hold, {old, new}), (lift, {new})):
        await office.store.execute(text, {"o": office.org})
        await office.courier.forget_old()
        assert {each["id"] for each in await office.log(kept)} == left

    channels = Channels(office.store, Secrets(office.store, MASTERS))
    await channels.delete(office.org, kept.id)
    assert await office.log(kept) == []
    assert [each["id"] for each in await office.log(other)] == [staying]
    assert [each.id for each in await channels.of(office.org)] == [other.id]
    assert await channels.names_set(office.org, kept.id) == frozenset()
    with pytest.raises(NotFound):
        await channels.delete(office.org, kept.id)
