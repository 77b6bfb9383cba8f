"""Sending over channels, ours and others', to a real receiver: what may be sent, and what becomes of it."""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from collectors._kit.channel import Outcome, Verdict
from collectors._kit.channel_testing import SAMPLE
from collectors._kit.registry import Registry, discover
from server.modules.catalog import CHANNELS
from server.notify import cells
from server.notify.sending import Over, Sending
from tests.support import channels
from tests.support.receiving import Receiver, receiving

OWN = discover(with_entry_points=False, beside=CHANNELS)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = "heron-key-1234"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Nobody:
    """Lets no mail go to anybody."""

    async def refusal(self, org: str, address: str, tlp: str) -> str:
        return f"{address} may not read {tlp} of {org}"


@dataclass
class Place:
    """A receiver behind the way out, and what sends there."""

    receiver: Receiver
    sending: Sending

    async def over(self, module: str, secret: str = "", **options: object) -> Verdict:
        """What comes of the sample over a channel."""
        listed = self.sending.registry.channel(module)
        secrets = dict.fromkeys(listed.manifest.secrets, secret)
        return await self.sending.send(Over(listed, options, secrets), SAMPLE, NOW)

    async def hooked(self, url: str = "https://site.example/in?a=1") -> Verdict:
        """The same over our webhook."""
        return await self.over("webhook", SECRET, url=url)


@asynccontextmanager
async def place(tmp_path: Path, registry: Registry) -> AsyncIterator[Place]:
    async with receiving(tmp_path) as (receiver, egress):
        yield Place(receiver, Sending(registry, egress, Nobody()))


@pytest_asyncio.fixture
async def ours(tmp_path: Path) -> AsyncIterator[Place]:
    async with place(tmp_path, OWN) as made:
        yield made


@pytest_asyncio.fixture
async def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setenv("MIRAGE_MODULE_FOLDERS", json.dumps([str(channels.FOLDER)]))
    monkeypatch.setenv("MIRAGE_NEO4J_PASSWORD", "not-for-everybody")
    async with place(tmp_path, channels.registry()) as made:
        yield made


async def test_a_webhook_arrives_signed_with_what_it_tells(ours: Place) -> None:
    verdict = await ours.hooked()

    assert verdict == Verdict(Outcome.DELIVERED, "HTTP 204")
    ((headers, body),) = ours.receiver.came
    assert headers[""] == "POST /in?a=1 HTTP/1.1"
    assert headers["webhook-id"] == SAMPLE.id
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["content-type"] == "application/json"
    told = json.loads(body)
    assert (told["type"], told["data"]["title"]) == ("finding.opened", SAMPLE.title)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    mac = base64.b64encode(hmac.new(key, signed, "sha256").digest()).decode()
    # The header's case was folded above with all others.
    assert headers["webhook-signature"] == f"v1,{mac}".lower()


@pytest.mark.parametrize(
    ("status", "headers", "verdict"),
    [
        ("500 Oh", "", Verdict.later("site.example answered with HTTP status 500")),
        ("429 Slow", "retry-after: 90\r\n", Verdict.later("site.example answered with HTTP status 429", 90.0)),
        ("404 No", "", Verdict.refused("site.example answered with HTTP status 404")),
        ("401 Who", "", Verdict.refused("site.example answered with HTTP status 401")),
        ("410 Gone", "", Verdict.refused("HTTP 410: nobody wants notices there any more")),
        ("302 There", "location: https://a.example/\r\n", Verdict.refused("HTTP 302, which is no place to send to")),
    ],
)  # fmt: skip
async def test_an_answer_says_what_comes_next(
    ours: Place, status: str, headers: str, verdict: Verdict
) -> None:
    ours.receiver.status, ours.receiver.headers = status, headers

    assert await ours.hooked() == verdict
    assert len(ours.receiver.came) == 1, "nothing is sent twice in one try"


@pytest.mark.parametrize(
    ("url", "outcome", "reason"),
    [
        ("https://inside.example/", Outcome.REFUSED, "inside.example: 127.0.0.1 is not a public address"),
        ("https://cloud.example/", Outcome.REFUSED, "169.254.169.254 is not a public address"),
        ("https://six.example/", Outcome.REFUSED, "is not a public address"),
        ("https://127.0.0.1/", Outcome.REFUSED, "127.0.0.1 is not a public address"),
        ("https://0x7f.1/", Outcome.REFUSED, "ambiguous spelling of an address"),
        ("http://site.example/", Outcome.REFUSED, "an address that begins with https:// is right"),
        ("https://u:p@site.example/", Outcome.REFUSED, "a URL with a user part is not asked"),
        ("https://nowhere.example/", Outcome.LATER, "the name has no address"),
        ("https://192.0.2.1/", Outcome.REFUSED, "mismatch"),  # whose certificate names another host
    ],
)  # fmt: skip
async def test_where_nothing_may_be_sent_nothing_is(
    ours: Place, url: str, outcome: Outcome, reason: str
) -> None:
    verdict = await ours.hooked(url)

    assert (verdict.outcome, reason in verdict.reason) == (outcome, True), verdict
    assert ours.receiver.came == []


async def test_without_a_mail_server_no_mail_is_sent(ours: Place) -> None:
    verdict = await ours.over("email", to="ada@people.example")

    assert verdict == Verdict.refused("no mail is sent here: no mail server is set")


async def test_a_channel_of_others_runs_apart_and_knows_its_own_secret_alone(others: Place) -> None:
    verdict = await others.over("heron.plain", KEY)

    assert verdict.outcome is Outcome.DELIVERED, verdict
    ((headers, body),) = others.receiver.came
    told = json.loads(body)
    assert (told["title"], headers["x-key"]) == (SAMPLE.title, KEY)
    assert told["pid"] != os.getpid()
    assert told["environment"] == ["MIRAGE_MODULE_FOLDERS"]


async def test_a_channel_of_others_reads_its_answer_itself(others: Place) -> None:
    others.receiver.status, others.receiver.body = "200 OK", f"not now, {KEY}".encode()

    verdict = await others.over("heron.plain", KEY, does="doubt")

    assert verdict == Verdict.later("it said not now, [redacted]", 70.0)


@pytest.mark.parametrize(
    ("does", "outcome", "reason"),
    [
        ("elsewhere", Outcome.REFUSED, "heron.plain may not contact elsewhere.example: not among its hosts"),
        ("inside", Outcome.REFUSED, "heron.plain may not choose whom it connects to for a host"),
        ("unverified", Outcome.REFUSED, "heron.plain may not choose whom it connects to for a host"),
        ("mail", Outcome.REFUSED, "heron.plain may not send over mail: its manifest says http"),
        ("ask", Outcome.REFUSED, "heron.plain may not send over dns: its manifest says http"),
        ("die", Outcome.LATER, "heron.plain: its process was ended by SIGKILL"),
        ("hoard", Outcome.LATER, "heron.plain: MemoryError()"),
        ("spill", Outcome.LATER, "heron.plain: ValueError('the key is [redacted]')"),
        ("nonsense", Outcome.LATER, "heron.plain: InvalidFact("),
        ("hang", Outcome.LATER, "heron.plain: no answer of its code for 2 s"),
    ],
)  # fmt: skip
async def test_a_channel_that_asks_for_more_or_breaks_is_stopped(
    others: Place, monkeypatch: pytest.MonkeyPatch, does: str, outcome: Outcome, reason: str
) -> None:
    if does == "hang":
        monkeypatch.setattr(cells, "WITHIN_S", 2.0)

    verdict = await others.over("heron.plain", KEY, does=does)

    assert (verdict.outcome, verdict.reason[: len(reason)]) == (outcome, reason)
    assert others.receiver.came == []
    assert KEY not in verdict.reason
