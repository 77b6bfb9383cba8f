"""email: each notice as a mail in plain text, to one address. Who may be written to is the courier's to say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from collectors._kit.channel import Channel, MailRequest, Notice

LONGEST_SUBJECT = 200


class Email(Channel):
    """Mails notices."""

    id: ClassVar[str] = "email"

    def compose(self, notice: Notice, now: datetime) -> MailRequest:  # noqa: ARG002 - a mail has its own date
        """The mail."""
        severity = "" if notice.severity == "INFO" else f"{notice.severity.capitalize()}: "
        subject = one_line(f"{self.options['subject_prefix']} {severity}{notice.title}".strip())
        return MailRequest(str(self.options["to"]), subject, "\n".join(lines(notice)) + "\n")


def lines(notice: Notice) -> Iterator[str]:
    """The text of a mail, line by line."""
    yield notice.title
    if notice.text:
        yield ""
        yield notice.text
    yield ""
    yield f"Organization: {one_line(notice.organization_name)}"
    yield f"When: {notice.at:%Y-%m-%d %H:%M:%S} UTC"
    yield f"Marking: TLP:{(notice.tlp or 'CLEAR').replace('_', '+')}"
    if notice.link:
        yield f"More: {notice.link}"


def one_line(text: str) -> str:
    """A text without anything that would end a header, and not too long for one."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= LONGEST_SUBJECT else f"{flat[: LONGEST_SUBJECT - 1]}…"
