"""The courier: tells people and other systems, by mail and over the channels of organizations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.jobs.events import Publisher
from server.jobs.log import get_logger
from server.jobs.outlet import open_channels_egress
from server.jobs.queue import COURIER_QUEUE
from server.jobs.worker import Handler, Role, Tools, run_role
from server.modules.catalog import registry
from server.notify.deliveries import Deliveries
from server.notify.letters import Courier
from server.notify.mail import Mailer, Server, trusting
from server.notify.recipients import Mailboxes
from server.notify.sending import Sending
from server.notify.spreading import Spreader
from server.settings import CourierSettings
from server.vault.keyring import open_keyring

SEND_EVERY_S = 2.0
FORGET_EVERY_S = 3600.0

log = get_logger(__name__)


def open_courier(tools: Tools) -> Courier | None:
    """What sends mail; None where no server or sender is set. Raises ValueError, MailRefused, NoMasterKey."""
    mailer = open_mailer(_settings(tools))
    if mailer is None:
        log.info("no mail is sent: it needs MIRAGE_SMTP_URL and MIRAGE_MAIL_FROM")
        return None
    return Courier(tools.store, open_keyring(tools.settings), mailer)


def open_mailer(settings: CourierSettings) -> Mailer | None:
    """What mails go by; None where no server or sender is set. Raises ValueError, MailRefused."""
    url = settings.smtp_url.get_secret_value()
    if not url or not settings.mail_from:
        return None
    return Mailer(Server.of(url), settings.mail_from, trusting(settings.smtp_ca_file))


def open_deliveries(tools: Tools) -> Deliveries:
    """What sends over channels. Raises ValueError, MailRefused, NoMasterKey."""
    settings = _settings(tools)
    domains = frozenset(each.lower() for each in settings.channel_mail_domains)
    sending = Sending(
        registry(),
        open_channels_egress(settings, tools.queue),
        Mailboxes(tools.store, domains),
        open_mailer(settings),
    )
    return Deliveries(tools.store, open_keyring(settings), sending)


def _settings(tools: Tools) -> CourierSettings:
    settings = tools.settings
    assert isinstance(settings, CourierSettings)  # noqa: S101 - main() gives no other
    return settings


@asynccontextmanager
async def _prepare(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    publisher, courier = Publisher(tools.store, tools.queue), open_courier(tools)
    deliveries = open_deliveries(tools)
    link = _settings(tools).public_url
    spreader = Spreader(tools.store, open_keyring(tools.settings), link)
    tools.presence.capabilities = tuple(registry().channels)

    async def relay(_: str) -> None:
        await publisher.relay()

    async def send(_: str) -> None:
        """Send the letters that are due."""
        if courier is not None:
            await courier.sweep()

    async def spread(_: str) -> None:
        """Hand to channels what happened, and send what is due over them."""
        await spreader.spread()
        await deliveries.sweep()

    async def forget(_: str) -> None:
        """Forget deliveries of long ago."""
        await deliveries.forget_old()

    yield {
        "relay": relay,
        "send": send,
        "spread": spread,
        "forget": forget,
        "deliver": deliveries.deliver,
    }


ROLE = Role(
    "courier",
    COURIER_QUEUE,
    _prepare,
    regularly=(("send", SEND_EVERY_S), ("spread", SEND_EVERY_S), ("forget", FORGET_EVERY_S)),
)


def main() -> None:
    """Run the role until SIGTERM."""
    asyncio.run(run_role(CourierSettings(), ROLE))
