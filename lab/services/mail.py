"""An SMTP server (aiosmtpd) that greets, offers STARTTLS, and accepts mail for nobody."""

from __future__ import annotations

import asyncio
import ssl
import weakref

from aiosmtpd.smtp import SMTP, Envelope, Session


class Refusal:
    """Refuses every recipient, so that nothing is ever accepted or kept."""

    async def handle_RCPT(  # noqa: N802 - the name and form that aiosmtpd calls
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,  # noqa: ARG002
        address: str,  # noqa: ARG002
        rcpt_options: list[str],  # noqa: ARG002
    ) -> str:
        """The answer to RCPT TO."""
        return "550 5.1.1 No such user here"


class MailServer:
    """Answers an SMTP port. The first word of `banner` is the server's name."""

    def __init__(self, banner: str, context: ssl.SSLContext | None) -> None:
        self.hostname, _, self.ident = banner.partition(" ")
        self.context = context
        self._open: weakref.WeakSet[SMTP] = weakref.WeakSet()

    def protocol(self) -> SMTP:
        """The protocol of a new connection."""
        protocol = SMTP(
            Refusal(),
            hostname=self.hostname,
            ident=self.ident,
            tls_context=self.context,
            loop=asyncio.get_running_loop(),
        )
        self._open.add(protocol)
        return protocol

    def stop(self) -> None:
        """End every connection."""
        for protocol in self._open:
            if protocol.transport is not None:
                protocol.transport.close()
