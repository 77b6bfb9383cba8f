"""The courier: tells people and other systems. It sends what lies in the outbox by mail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.jobs.events import Publisher
from server.jobs.log import get_logger
from server.jobs.queue import COURIER_QUEUE
from server.jobs.worker import Handler, Role, Tools, run_role
from server.notify.letters import Courier
from server.notify.mail import Mailer, Server
from server.settings import CourierSettings
from server.vault.keys import masters_of

SEND_EVERY_S = 2.0

log = get_logger(__name__)


def open_courier(tools: Tools) -> Courier | None:
    """What sends mail; None where the settings name no server, sender or master key. Raises ValueError, MailRefused."""
    settings = tools.settings
    assert isinstance(settings, CourierSettings)  # noqa: S101 - main() gives no other
    url, masters = settings.smtp_url.get_secret_value(), masters_of(settings.master_key_file)
    if not url or not settings.mail_from or masters is None:
        log.info("no mail is sent: it needs MIRAGE_SMTP_URL, MIRAGE_MAIL_FROM and a master key")
        return None
    return Courier(tools.store, masters, Mailer(Server.of(url), settings.mail_from))


@asynccontextmanager
async def _prepare(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    publisher, courier = Publisher(tools.store, tools.queue), open_courier(tools)

    async def relay(_: str) -> None:
        await publisher.relay()

    async def send(_: str) -> None:
        """Send the letters that are due."""
        if courier is not None:
            await courier.sweep()

    yield {"relay": relay, "send": send}


ROLE = Role("courier", COURIER_QUEUE, _prepare, regularly=(("send", SEND_EVERY_S),))


def main() -> None:
    """Run the role until SIGTERM."""
    asyncio.run(run_role(CourierSettings(), ROLE))
