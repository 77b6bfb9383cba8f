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
from server.notify.mail import Mailer, Server, trusting
from server.settings import CourierSettings
from server.vault.keyring import open_keyring

SEND_EVERY_S = 2.0

log = get_logger(__name__)


def open_courier(tools: Tools) -> Courier | None:
    """What sends mail; None where no server or sender is set. Raises ValueError, MailRefused, NoMasterKey."""
    settings = tools.settings
    assert isinstance(settings, CourierSettings)  # noqa: S101 - main() gives no other
    url = settings.smtp_url.get_secret_value()
    if not url or not settings.mail_from:
        log.info("no mail is sent: it needs MIRAGE_SMTP_URL and MIRAGE_MAIL_FROM")
        return None
    context = trusting(settings.smtp_ca_file)
    mailer = Mailer(Server.of(url), settings.mail_from, context)
    return Courier(tools.store, open_keyring(settings), mailer)


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
