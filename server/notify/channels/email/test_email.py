"""What mails say."""

from datetime import UTC, datetime

from collectors._kit.channel import MailRequest
from collectors._kit.channel_testing import SAMPLE, replay
from server.notify.channels.email.email import LONGEST_SUBJECT, Email


def mail(**changes: object) -> MailRequest:
    notice = SAMPLE.model_copy(update=changes)
    options = {"to": "ada@people.example", "subject_prefix": "[Mirage]"}
    return Email(options).compose(notice, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_mail_says_what_happened() -> None:
    message = replay(Email, "email.ok").message

    assert isinstance(message, MailRequest)
    assert message.to == "ada@orrery-instruments.example"
    assert message.subject == f"[Mirage] High: {SAMPLE.title}"
    assert "Marking: TLP:GREEN\nMore: https://mirage.example\n" in message.text


def test_nothing_in_a_title_becomes_a_header() -> None:
    subject = mail(title="One\r\nBcc: eve@elsewhere.example\x00" + "x" * 300).subject

    assert subject.startswith("[Mirage] High: One Bcc: eve@elsewhere.example xxx")
    assert len(subject) == LONGEST_SUBJECT


def test_what_is_open_says_so_and_what_does_not_matter_says_nothing_of_it() -> None:
    made = mail(tlp="", severity="INFO", link="", text="")

    assert made.subject == f"[Mirage] {SAMPLE.title}"
    assert made.text.endswith("Marking: TLP:CLEAR\n")
    assert "TLP:AMBER+STRICT" in mail(tlp="AMBER_STRICT").text
