"""The form of a channel: what is sent where to tell somebody of something, as data, and what the answer means.

A channel never opens a socket, reads a clock or sleeps, as a collector does not (`collectors._kit.base`): the server
sends what it says, once its host is one that the manifest allows. So every channel can be replayed from recordings.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from collectors._kit.base import HttpResponse, Options, Request, Response, TcpResponse
from collectors._kit.faults import Busy
from collectors._kit.record import protocol_of, read_request, write_request
from graph.errors import InvalidFact, MirageError


class Notice(BaseModel):
    """What is told: something that happened once, as it is said over one channel.

    `id` is the same however often it is sent, so that whoever gets it twice can tell. `severity` is one of INFO, LOW,
    MEDIUM, HIGH and CRITICAL, `tlp` one of graph.facts.MARKINGS (empty for what is open). `text` has short lines and no
    markup. `about` is the id of what it is about: a run, a finding, or a module. `fields` are further names and values
    for programs. Equal things that happen again have an equal `fingerprint`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    event: str  # "finding.opened", "run.finished", …
    organization: str  # its id
    organization_name: str
    severity: str
    tlp: str
    title: str  # one line
    text: str
    at: datetime  # when it happened
    fingerprint: str
    about: str = ""
    link: str = ""  # where a person reads more; empty where Mirage does not know its own address
    fields: dict[str, str | int | float | bool | None] = {}


@dataclass(frozen=True)
class MailRequest:
    """A mail to one address, for the operator's mail server."""

    to: str
    subject: str
    text: str


Message = Request | MailRequest
"""What a channel may have sent."""


class Outcome(enum.StrEnum):
    """What came of sending."""

    DELIVERED = "DELIVERED"
    LATER = "LATER"  # it may work in a while
    REFUSED = "REFUSED"  # it will not, unless somebody mends something


@dataclass(frozen=True)
class Verdict:
    """What came of sending, in words for people; where it asks to be tried `LATER`, after so many seconds at least."""

    outcome: Outcome
    reason: str = ""
    after_s: float = 0.0

    @classmethod
    def delivered(cls, reason: str = "") -> Verdict:
        """It has arrived."""
        return cls(Outcome.DELIVERED, reason)

    @classmethod
    def later(cls, reason: str, after_s: float = 0.0) -> Verdict:
        """It may work in a while."""
        return cls(Outcome.LATER, reason, after_s)

    @classmethod
    def refused(cls, reason: str) -> Verdict:
        """It will not work as it is."""
        return cls(Outcome.REFUSED, reason)


def verdict_of(error: MirageError) -> Verdict:
    """What an error on the way means: what may pass is tried later."""
    if not error.is_retryable:
        return Verdict.refused(str(error))
    return Verdict.later(str(error), error.retry_after_s if isinstance(error, Busy) else 0.0)


class Channel(abc.ABC):
    """One channel. `id` is its name in the folder's manifest, such as `webhook`.

    An instance is made for each notice, with the options that the organization gave its channel, checked and completed,
    and the secrets that the manifest names. It keeps nothing from one notice to the next.
    """

    id: ClassVar[str]

    def __init__(
        self, options: Options | None = None, secrets: Mapping[str, str] | None = None
    ) -> None:
        self.options: Options = options or {}
        self.secrets: Mapping[str, str] = secrets or {}

    def check(self) -> None:  # noqa: B027 - most have nothing to add to what their manifests check
        """Refuse options that are no good, before anything is sent by them. Raises InvalidOption naming them.

        It is asked when a channel is set up, which is before its secrets are there.
        """

    @abc.abstractmethod
    def compose(self, notice: Notice, now: datetime) -> Message:
        """What to send at `now`. Pure: the same again for the same."""

    def read(self, response: Response) -> Verdict:
        """What an answer means. Pure.

        Asked of answers with a status of success, or whose status the request accepts; others are judged before.
        """
        if isinstance(response, HttpResponse):
            if 200 <= response.status < 300:
                return Verdict.delivered(f"HTTP {response.status}")
            return Verdict.refused(f"HTTP {response.status}, which is no place to send to")
        if isinstance(response, TcpResponse) and response.is_open:
            return Verdict.delivered("sent")
        return Verdict.later("nobody listens there")


def write_message(message: Message) -> dict[str, Any]:
    """What is to be sent as JSON values, under the name of its protocol."""
    if isinstance(message, MailRequest):
        return {"mail": {"to": message.to, "subject": message.subject, "text": message.text}}
    return {protocol_of(message): write_request(message)}


def read_message(raw: Mapping[str, Any]) -> Message:
    """What `write_message` wrote. Raises InvalidFact."""
    if len(raw) != 1:
        raise InvalidFact("a message is of one protocol")
    ((protocol, fields),) = raw.items()
    if protocol == "mail":
        try:
            return MailRequest(**fields)
        except TypeError as error:
            raise InvalidFact(f"MailRequest: {error}") from error
    return read_request(protocol, fields)


def protocol_of_message(message: Message) -> str:
    """How it is sent, as a manifest's `sends` says it."""
    return "mail" if isinstance(message, MailRequest) else protocol_of(message)
