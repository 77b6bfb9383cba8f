"""Sending a notice over a channel: its code says what to send, and the manifest what may be.

Whatever goes wrong is the verdict, in words without secrets: that it may work later, or will not as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from collectors._kit.base import HttpRequest, Response
from collectors._kit.channel import (
    Channel,
    MailRequest,
    Message,
    Notice,
    Verdict,
    protocol_of_message,
    verdict_of,
)
from collectors._kit.egress import Asker, Egress
from collectors._kit.manifest import ChannelManifest
from collectors._kit.redaction import redact
from collectors._kit.registry import BrokenChannel, ListedChannel, Registry, load_channel
from graph.errors import MirageError, NotPermitted
from server.notify.cells import begun
from server.notify.mail import Mail, Mailer

LONGEST_REASON = 400


class Speaking(Protocol):
    """A channel's code, wherever it runs. Both raise BrokenChannel where it fails."""

    async def compose(self, notice: Notice, now: datetime) -> Message:
        """What to send."""
        ...

    async def read(self, response: Response) -> Verdict:
        """What an answer means."""
        ...


@dataclass(frozen=True)
class OwnChannel:
    """A channel that is part of Mirage, in this process."""

    channel: Channel

    async def compose(self, notice: Notice, now: datetime) -> Message:
        """What to send."""
        return self.channel.compose(notice, now)

    async def read(self, response: Response) -> Verdict:
        """What an answer means."""
        return self.channel.read(response)


class Recipients(Protocol):
    """Who may be written to by mail."""

    async def refusal(self, org: str, address: str, tlp: str) -> str:
        """Why nothing marked so may be sent to an address for an organization; empty if it may."""
        ...


@dataclass(frozen=True)
class Over:
    """A channel of an organization as it is used: its module, options and opened secrets."""

    listed: ListedChannel
    options: Mapping[str, object]
    secrets: Mapping[str, str]

    @property
    def manifest(self) -> ChannelManifest:
        """What it may do."""
        return self.listed.manifest


@dataclass(frozen=True)
class Sending:
    """What notices are sent with. Without a `mailer` no mail is."""

    registry: Registry
    egress: Egress
    recipients: Recipients
    mailer: Mailer | None = None

    async def send(self, over: Over, notice: Notice, now: datetime) -> Verdict:
        """Send a notice, and say what came of it; nothing that went wrong is raised."""
        try:
            verdict = await self._sent(over, notice, now)
        except BrokenChannel as error:  # once somebody has mended it, what waits is sent
            verdict = Verdict.later(str(error))
        except MirageError as error:
            verdict = verdict_of(error)
        except Exception as error:  # code of a channel may raise anything; the others go on
            verdict = Verdict.refused(f"a defect of {over.manifest.id}: {error!r}")
        reason = redact(verdict.reason, over.secrets.values())[:LONGEST_REASON]
        return Verdict(verdict.outcome, reason, verdict.after_s)

    async def _sent(self, over: Over, notice: Notice, now: datetime) -> Verdict:
        chosen = over.manifest.read_options(over.options)
        manifest = over.manifest.reaching(chosen)
        async with _speaking(over, chosen) as channel:
            message = await channel.compose(notice, now)
            refuse_undeclared(message, manifest)
            if isinstance(message, MailRequest):
                return await self._mailed(message, notice)
            asker = Asker(manifest, source=manifest.source, secrets=tuple(over.secrets.values()))
            exchange = await self.egress.fetch(message, asker)
            return await channel.read(exchange.response)

    async def _mailed(self, message: MailRequest, notice: Notice) -> Verdict:
        if self.mailer is None:
            return Verdict.refused("no mail is sent here: no mail server is set")
        why = await self.recipients.refusal(notice.organization, message.to, notice.tlp)
        if why:
            return Verdict.refused(why)
        await self.mailer.send(Mail(message.to, message.subject, message.text))
        return Verdict.delivered("the mail server took it")


def refuse_undeclared(message: Message, manifest: ChannelManifest) -> None:
    """Stop what a manifest does not allow; hosts are held against it on the way out. Raises NotPermitted."""
    protocol = protocol_of_message(message)
    if protocol != manifest.sends:
        raise NotPermitted(
            f"{manifest.id} may not send over {protocol}: its manifest says {manifest.sends}"
        )
    if isinstance(message, HttpRequest) and (message.connect_to or not message.verify_tls):
        raise NotPermitted(f"{manifest.id} may not choose whom it connects to for a host")


@asynccontextmanager
async def _speaking(over: Over, options: Mapping[str, object]) -> AsyncIterator[Speaking]:
    """The channel's code: ours here, all other in a process of its own. Raises BrokenChannel."""
    if over.listed.source.origin.kind == "BUILT_IN":
        yield OwnChannel(load_channel(over.listed)(options, over.secrets))
        return
    cell, channel = await begun(over.listed, over.options, over.secrets)
    try:
        yield channel
    finally:
        await asyncio.shield(cell.end())
