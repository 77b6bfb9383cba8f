"""Sending mail by SMTP: plain text, over a verified TLS connection, to one address at a time."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from graph.errors import MirageError

TIMEOUT_S = 20.0
LONGEST_ADDRESS, LONGEST_SUBJECT = 254, 400  # an invitation's has an address and a name
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# One mailbox and nothing else: no list, no name, no comment, nothing that could end a header.
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]+@[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]+\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class MailRefused(MirageError, ValueError):
    """A mail that cannot be sent as it is: its address or subject is none, or the server will never take it."""

    code = "MAIL_REFUSED"


class MailUnavailable(MirageError):
    """The mail server does not take the mail now."""

    code = "MAIL_UNAVAILABLE"
    is_retryable = True


@dataclass(frozen=True)
class Mail:
    """One mail."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True)
class Server:
    """A mail server. Without TLS it must be on this machine."""

    host: str
    port: int
    has_tls: bool
    starts_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """The server at smtp://USER:PASSWORD@HOST:PORT (STARTTLS) or smtps://… (TLS from the start).

        `smtp://127.0.0.1:25?tls=none` speaks without TLS, to this machine only. Raises ValueError.
        """
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or set(options) - {"tls"}:
            raise ValueError("the mail server is smtp://USER:PASSWORD@HOST:PORT or smtps://…")
        is_plain = options.get("tls") == ["none"]
        if options and not is_plain:
            raise ValueError("the mail server's tls is none, or is not said")
        if is_plain and (parts.hostname not in LOOPBACK or parts.scheme == "smtps"):
            raise ValueError("a mail server without TLS must be on this machine")
        has_tls = parts.scheme == "smtps"
        return cls(
            parts.hostname,
            parts.port or (465 if has_tls else 587),
            has_tls,
            not has_tls and not is_plain,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )


def trusting(authorities: Path | None) -> ssl.SSLContext:
    """Who vouches for mail servers: the authorities of a PEM file and no others, or without one the system's.

    Raises ValueError for a file that cannot be read as one.
    """
    try:
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:  # ssl's are OSErrors
        raise ValueError(
            f"{authorities}: not a file of the mail server's authorities (PEM)"
        ) from error


class Mailer:
    """Sends mails from one address by one server."""

    def __init__(self, server: Server, sender: str, context: ssl.SSLContext | None = None) -> None:
        """`context` says whom to trust; without one the system does. Raises MailRefused for a sender that is none."""
        _, address = parseaddr(sender)
        check_address(address)
        if _CONTROL.search(sender):
            raise MailRefused("the sender has control characters")
        self._server = server
        self._sender = sender
        self._domain = address.rpartition("@")[2]
        self._context = context or trusting(None)

    async def send(self, mail: Mail) -> None:
        """Send it. Raises MailRefused where that can never work, MailUnavailable where it may later."""
        message = self._message(mail)
        server = self._server
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.has_tls,
                start_tls=server.starts_tls,
                tls_context=self._context,
                timeout=TIMEOUT_S,
            )
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as error:
            if _is_final(error):
                raise MailRefused("the mail server refuses this mail") from error
            raise MailUnavailable("the mail server does not take the mail now") from error
        except (aiosmtplib.SMTPException, OSError) as error:  # ssl's are OSErrors
            reason = type(error).__name__
            raise MailUnavailable(
                f"the mail server does not take the mail now: {reason}"
            ) from error

    def _message(self, mail: Mail) -> EmailMessage:
        check_mail(mail)
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message


def check_mail(mail: Mail) -> None:
    """Refuse a mail whose address or subject would say more than it should. Raises MailRefused."""
    check_address(mail.to)
    if not 1 <= len(mail.subject) <= LONGEST_SUBJECT or _CONTROL.search(mail.subject):
        raise MailRefused(f"a subject is one line of 1 to {LONGEST_SUBJECT} characters")


def check_address(address: str) -> None:
    """Refuse what is not one mailbox. Raises MailRefused."""
    if len(address) > LONGEST_ADDRESS or not _ADDRESS.match(address):
        raise MailRefused("this is not the address of one mailbox")


def _is_final(
    error: aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPResponseException,
) -> bool:
    """Whether the server says that it will never take the mail (5yz), rather than not now.

    What it says of us (credentials, 53y) is mended by the operator, so it is tried again.
    """
    refusals = error.recipients if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else [error]
    return all(each.code >= 550 for each in refusals)
