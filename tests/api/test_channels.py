"""Channels through HTTP: who may make which, what is refused and why, and a test that really arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from graph.store import Store
from server.jobs.presence import Presence, ServiceState
from server.jobs.queue import COURIER_QUEUE, Queue
from server.modules.catalog import registry
from server.notify.deliveries import Deliveries
from server.notify.recipients import Mailboxes
from server.notify.sending import Sending
from tests.api.conftest import Caller, Command, MakeCaller
from tests.api.test_changes import change
from tests.support.keys import MASTERS
from tests.support.receiving import Receiver, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = "https://site.example/in"
SHOWN = """channel { id name options events leastSeverity ceiling isEnabled createdBy changedBy module { id kind }
  secrets { name isSet } } errors { field code message }"""
CREATE = f"mutation C($i: ChannelInput!) {{ createChannel(input: $i) {{ {SHOWN} }} }}"
UPDATE = f"mutation U($id: ID!, $i: ChannelChangeInput!) {{ updateChannel(id: $id, input: $i) {{ {SHOWN} }} }}"
DELETE = "mutation D($id: ID!) { deleteChannel(id: $id) { errors { code message } } }"
SENT = (
    "delivery { id event isTest marking state tries reason dueAt endedAt } errors { code message }"
)
TEST = f"mutation T($id: ID!) {{ testChannel(id: $id) {{ {SENT} }} }}"
REPLAY = f"mutation R($id: ID!) {{ replayDelivery(id: $id) {{ {SENT} }} }}"
LIST = "{ channels { totalCount nodes { id name } } }"
LOG = """query L($id: ID!, $s: [DeliveryState!]) { channel(id: $id) { name
  deliveries(states: $s) { totalCount nodes { id isTest state reason tries } } } }"""


def wanted(**changes: Any) -> dict[str, Any]:
    secrets = [{"name": "signing_secret", "value": SECRET}]
    usual = {
        "module": "webhook",
        "name": "hooks",
        "events": ["RUN_FAILED"],
        "options": {"url": URL},
    }
    return {**usual, "secrets": secrets, **changes}


async def made(caller: Caller, **changes: Any) -> str:
    payload = await change(caller, CREATE, i=wanted(**changes))
    assert payload["errors"] == [], payload
    return str(payload["channel"]["id"])


async def refused(caller: Caller, mutation: str, **given: Any) -> str:
    """What a mutation is refused with: its code and message."""
    answer = (await caller.post(mutation, given)).json()
    if errors := answer.get("errors"):
        return f"{errors[0]['extensions']['code']} {errors[0]['message']}"
    (payload,) = answer["data"].values()
    (error,) = payload["errors"]
    return f"{error['code']} {error['message']}"


async def test_a_channel_is_made_shown_changed_and_deleted(caller: Caller, store: Store) -> None:
    events = ["RUN_FAILED", "FINDING_OPENED"]
    payload = await change(
        caller, CREATE, i=wanted(events=events, leastSeverity="HIGH", ceiling="AMBER")
    )
    channel = payload["channel"]
    assert channel == {
        "id": channel["id"], "name": "hooks", "options": {"url": URL}, "events": ["FINDING_OPENED", "RUN_FAILED"],
        "leastSeverity": "HIGH", "ceiling": "AMBER", "isEnabled": True, "createdBy": caller.id, "changedBy": caller.id,
        "module": {"id": "webhook", "kind": "CHANNEL"}, "secrets": [{"name": "signing_secret", "isSet": True}],
    }  # fmt: skip
    which = channel["id"]
    changed = await change(
        caller, UPDATE, id=which, i={"isEnabled": False, "events": ["MODULE_OPENED"]}
    )
    assert changed["channel"] == channel | {"isEnabled": False, "events": ["MODULE_OPENED"]}
    assert (await caller.ask(LIST))["channels"] == {
        "totalCount": 1, "nodes": [{"id": which, "name": "hooks"}]
    }  # fmt: skip
    rows = await store.read(
        "MATCH (n:Channel|Secret {org: $org}) RETURN properties(n) AS n", {"org": caller.org}
    )
    assert len(rows) == 2
    assert SECRET not in repr([dict(row["n"]) for row in rows])
    assert (await change(caller, DELETE, id=which))["errors"] == []
    assert (await caller.ask(LIST))["channels"]["totalCount"] == 0
    assert (await caller.ask("{ secrets { source } }"))["secrets"] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"module": "webhok"}, "INVALID_QUESTION module: there is no channel module 'webhok'; is webhook meant?"),
        ({"events": []}, "INVALID_QUESTION events: at least one is right"),
        ({"name": " "}, "INVALID_QUESTION name: 1 to 80 characters are right"),
        ({"options": {}}, "INVALID_OPTION options: webhook: option 'url' must be given"),
        ({"options": {"url": "http://a.example/"}}, "INVALID_OPTION options: url: an address that begins with https://"),
        ({"options": {"url": "https://0x7f.1/"}}, "INVALID_OPTION options: '0x7f.1' is an ambiguous spelling"),
        ({"options": {"url": URL, "to": 1}}, "INVALID_OPTION options: webhook: there is no option 'to'"),
        ({"options": [1]}, "INVALID_QUESTION options: an object of options"),
        ({"secrets": []}, "INVALID_QUESTION secrets: webhook needs signing_secret"),
        ({"secrets": [{"name": "key", "value": SECRET}]}, "INVALID_QUESTION secrets: webhook needs no secret 'key'"),
        ({"secrets": [{"name": "signing_secret", "value": "abc"}]}, "INVALID_QUESTION secrets: signing_secret of less"),
        ({"secrets": [{"name": "signing_secret", "value": "abcdef"}]}, "INVALID_OPTION options: signing_secret: "),
    ],
)  # fmt: skip
async def test_what_could_not_work_is_not_made(
    caller: Caller, changes: dict[str, Any], said: str
) -> None:
    assert (await refused(caller, CREATE, i=wanted(**changes))).startswith(said)
    assert (await caller.ask(LIST))["channels"]["totalCount"] == 0


async def test_nobody_has_told_what_they_may_not_read(
    caller: Caller, make_caller: MakeCaller
) -> None:
    """Neither to others nor to themselves; and what is not theirs they do not see."""
    which = await made(caller, ceiling="RED", events=["FINDING_OPENED"])
    admin = await make_caller("ADMIN", beside=caller)
    limited = await make_caller("OWNER", beside=caller, clearance="GREEN")
    lead = await make_caller("LEAD", beside=caller)
    stranger = await make_caller()
    mine = wanted(name="mine")
    for who, given, said in (
        (admin, {**mine, "events": ["FINDING_OPENED"]}, "a channel that tells of findings needs"),
        (admin, mine, "a channel that tells of runs needs the permission READ_SCANS"),
        (limited, {**mine, "ceiling": "AMBER"}, "ceiling: AMBER is above the clearance GREEN here"),
        (lead, mine, "createChannel needs the permission EDIT_ORGANIZATION"),
    ):
        answer = await refused(who, CREATE, i=given)
        assert answer.startswith("NOT_PERMITTED "), answer
        assert said in answer
    to_me = {"options": {"url": "https://mine.example/"}}
    assert "READ_FINDINGS" in await refused(admin, UPDATE, id=which, i=to_me)
    assert "above the clearance GREEN" in await refused(limited, UPDATE, id=which, i=to_me)
    for mutation in (UPDATE, DELETE, TEST, REPLAY):
        given = {"id": which, **({"i": to_me} if mutation is UPDATE else {})}
        assert (await refused(stranger, mutation, **given)).startswith("NOT_FOUND id: there is no")
    assert (await stranger.ask(LOG, id=which))["channel"] is None
    assert await made(admin, name="modules", events=["MODULE_OPENED"])
    assert (await refused(caller, CREATE, i=wanted(name=" modules "))).startswith(
        "CONFLICT name: another channel"
    )
    assert (await change(caller, UPDATE, id=which, i={"ceiling": "GREEN"}))["errors"] == []


# --- tests of a channel --------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="session")
async def receiver(store: Store, queue: Queue, tmp_path: Path) -> AsyncIterator[Receiver]:
    """A receiver, and a courier that lives as long and does what is asked of it at once."""
    async with receiving(tmp_path) as (opened, egress):
        courier = Deliveries(store, MASTERS, Sending(registry(), egress, Mailboxes(store)))
        presence = Presence("courier", (COURIER_QUEUE,), state=ServiceState.READY)
        announcing = asyncio.create_task(presence.announce_forever(queue))
        working = asyncio.create_task(_work(queue, courier))
        await asyncio.sleep(0.1)
        yield opened
        for task in (announcing, working):
            task.cancel()
        await asyncio.gather(announcing, working, return_exceptions=True)
        await presence.withdraw(queue)


async def _work(queue: Queue, courier: Deliveries) -> None:
    """Deliver what is hinted, as the role does."""
    while True:
        for job in await queue.zrange(COURIER_QUEUE, 0, -1):
            found = await queue._get_job_def(job, 0)
            await queue.zrem(COURIER_QUEUE, job)
            await courier.deliver(found.args[0])
        await asyncio.sleep(0.02)


async def test_a_test_arrives_and_says_what_the_channel_said(
    caller: Caller, receiver: Receiver
) -> None:
    which = await made(caller, isEnabled=False)

    sent = await change(caller, TEST, id=which)
    receiver.status = "503 Closed"
    failed = (await change(caller, TEST, id=which))["delivery"]

    assert sent["errors"] == []
    arrived = sent["delivery"]
    assert (arrived["state"], arrived["reason"], arrived["tries"]) == ("DELIVERED", "HTTP 204", 1)
    assert (arrived["event"], arrived["isTest"], arrived["dueAt"]) == (None, True, None)
    assert (failed["state"], failed["reason"]) == (
        "DEAD",
        "site.example answered with HTTP status 503",
    )
    assert b'"type":"channel.test"' in receiver.came[0][1]
    assert b"A test of the channel hooks" in receiver.came[0][1]
    receiver.status = "200 OK"
    again = (await change(caller, REPLAY, id=failed["id"]))["delivery"]
    assert again["id"] == failed["id"]
    for _ in range(100):
        log = (await caller.ask(LOG, id=which))["channel"]["deliveries"]
        if log["nodes"][0]["state"] == "DELIVERED":
            break
        await asyncio.sleep(0.05)
    assert [(each["state"], each["tries"]) for each in log["nodes"]] == [
        ("DELIVERED", 2),
        ("DELIVERED", 1),
    ]
    assert (await caller.ask(LOG, id=which, s=["DEAD"]))["channel"]["deliveries"]["totalCount"] == 0
    assert (await refused(caller, REPLAY, id=failed["id"])).startswith(
        "CONFLICT id: the delivery has arrived"
    )


async def test_without_a_courier_a_test_says_so(caller: Caller) -> None:
    assert (await refused(caller, TEST, id=await made(caller))).startswith(
        "CONFLICT id: no courier lives"
    )


async def test_what_is_marked_above_the_clearance_is_not_in_the_log(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    which = await made(caller)
    await store.execute(
        "UNWIND ['', 'AMBER'] AS tlp CREATE (:Delivery {id: $id + tlp, org: $org, channel: $id, tlp: tlp, "
        "event: 'run.failed', is_test: false, state: 'DEAD', tries: 1, tries_before: 0, reason: 'no', "
        "created_at: datetime()})",
        {"id": which, "org": caller.org},
    )
    limited = await make_caller("OWNER", beside=caller, clearance="GREEN")
    for who, ids in ((caller, {which, f"{which}AMBER"}), (limited, {which})):
        log = (await who.ask(LOG, id=which))["channel"]["deliveries"]
        assert ({each["id"] for each in log["nodes"]}, log["totalCount"]) == (ids, len(ids))
    assert (await refused(limited, REPLAY, id=f"{which}AMBER")).startswith("NOT_FOUND")


# --- the command line ----------------------------------------------------------------------------------------------


async def test_channels_from_the_terminal(mirage: Command, receiver: Receiver) -> None:
    assert await mirage("channel", "list") == "no channels\n"
    row = await mirage(
        "channel", "add", "webhook", "hooks", "--event", "finding.opened", "--event", "run.failed", "--least", "high",
        "--option", f"url={URL}", "--json", typed=f"{SECRET}\n",
    )  # fmt: skip
    which = row["id"]
    assert row == {
        "id": which, "name": "hooks", "module": "webhook", "enabled": True, "events": ["finding.opened", "run.failed"],
        "least_severity": "HIGH", "ceiling": "GREEN", "secrets_missing": [],
    }  # fmt: skip
    assert (await mirage("channel", "list", "--json"))["channels"] == [row]
    assert (await mirage("channel", "test", which, "--json"))["state"] == "DELIVERED"
    assert len(receiver.came) == 1
    (sent,) = (await mirage("channel", "deliveries", which, "--json"))["deliveries"]
    assert (sent["event"], sent["reason"]) == ("channel.test", "HTTP 204")
    assert "no deliveries" in await mirage("channel", "deliveries", which, "--state", "dead")
    assert (await mirage("channel", "disable", which, "--json"))["enabled"] is False
    assert (await mirage("channel", "enable", which, "--json"))["enabled"] is True
    assert "has arrived" in await mirage("channel", "replay", sent["id"])
    assert "there is no channel module dns.resolve" in await mirage(
        "channel", "add", "dns.resolve", "x", "--event", "run.failed"
    )
    listed = await mirage("module", "list", "--kind", "channel", "--json")
    assert [each["id"] for each in listed["modules"]] == ["email", "webhook"]
    assert await mirage("channel", "remove", which) == f"the channel {which} is gone\n"
