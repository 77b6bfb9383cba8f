"""Mail by SMTP, with a real server: verified TLS, one recipient, no header that was not meant, tried again."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import pytest_asyncio
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from graph.queries.letter import TAKE_LETTER, TakeParams
from graph.store import Store
from server.notify.letters import LIFE, Courier, Outbox
from server.notify.mail import Mail, Mailer, MailRefused, MailUnavailable, Server
from server.vault.envelope import MasterKeys
from tests.support.keys import MASTERS

SENDER = "Mirage <mirage@sender.example>"
LETTER = Mail("ada@people.example", "Grüße", "Zeile eins\nöffne https://x.example/password#abc\n")


@dataclass
class Box:
    """What the server was given, and what it answers instead."""

    got: list[Envelope] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _s: SMTP, _session: Session, envelope: Envelope, address: str, _o: list[str]
    ) -> str:
        if address.startswith("unknown"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _s: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        self.got.append(envelope)
        return "250 OK"

    def authenticate(
        self, _s: SMTP, _session: Session, _e: Envelope, _m: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"pass:word")

    def read(self, number: int = -1) -> EmailMessage:
        """A mail, its lines ended as Python ends them."""
        content = self.got[number].content
        assert isinstance(content, bytes)
        content = content.replace(b"\r\n", b"\n")
        found = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.create_default_context()
    authority.configure_trust(made)
    return made


@contextlib.contextmanager
def serving(box: Box, **options: Any) -> Iterator[Controller]:
    made = Controller(box, hostname="127.0.0.1", port=0, **options)
    # The controller looks for its server at the port it was told, so it is told a free one.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made.port = free.getsockname()[1]
    made.start()
    try:
        yield made
    finally:
        made.stop()


def server_context(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(made)
    return made


def starts_tls(authority: trustme.CA, box: Box, name: str = "localhost") -> dict[str, Any]:
    return {
        "tls_context": server_context(authority, name), "require_starttls": True,
        "authenticator": box.authenticate, "auth_require_tls": True,
    }  # fmt: skip


async def test_a_mail_goes_over_starttls_with_a_login(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    box = Box()
    with serving(box, **starts_tls(authority, box)) as server:
        url = f"smtp://mirage:pass%3Aword@localhost:{server.port}"
        await Mailer(Server.of(url), SENDER, trusting).send(LETTER)

    assert box.logins == [(b"mirage", b"pass:word")]
    assert (box.got[0].mail_from, box.got[0].rcpt_tos) == ("mirage@sender.example", [LETTER.to])
    message = box.read()
    assert (message["To"], message["From"], message["Subject"]) == (LETTER.to, SENDER, "Grüße")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@sender.example>")
    assert message.get_content_type() == "text/plain"
    assert message.get_content() == LETTER.text


async def test_a_mail_goes_over_tls_from_the_start(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    box = Box()
    with serving(box, ssl_context=server_context(authority)) as server:
        await Mailer(Server.of(f"smtps://localhost:{server.port}"), SENDER, trusting).send(LETTER)
    assert len(box.got) == 1


UNTRUSTED = {
    "an authority that nobody knows": ("localhost", False, "smtp"),
    "the certificate of another host": ("other.example", True, "smtp"),
    "an unknown authority, TLS from the start": ("localhost", False, "smtps"),
}


@pytest.mark.parametrize("name", UNTRUSTED)
async def test_an_unverified_server_is_sent_nothing(
    authority: trustme.CA, trusting: ssl.SSLContext, name: str
) -> None:
    host, is_trusted, scheme = UNTRUSTED[name]
    box = Box()
    options = (
        starts_tls(authority, box, host)
        if scheme == "smtp"
        else {"ssl_context": server_context(authority, host)}
    )
    with serving(box, **options) as server:
        url = f"{scheme}://mirage:pass%3Aword@localhost:{server.port}"
        mailer = Mailer(Server.of(url), SENDER, trusting if is_trusted else None)
        with pytest.raises(MailUnavailable):
            await mailer.send(LETTER)
    assert (box.got, box.logins) == ([], [])


async def test_a_server_that_offers_no_tls_is_sent_nothing() -> None:
    """As if somebody between had taken the offer out."""
    box = Box()
    with serving(box) as server:
        with pytest.raises(MailUnavailable):
            await Mailer(Server.of(f"smtp://localhost:{server.port}"), SENDER).send(LETTER)
        assert box.got == []
        plain = Server.of(f"smtp://localhost:{server.port}?tls=none")
        await Mailer(plain, SENDER).send(LETTER)
    assert len(box.got) == 1


@pytest.mark.parametrize(
    "url",
    [
        "", "mail.example", "http://mail.example", "smtp://", "smtp://mail.example?tls=none",
        "smtp://10.0.0.1:25?tls=none", "smtp://localhost?tls=maybe", "smtps://localhost?tls=none",
        "smtp://localhost?verify=no", "smtp://mail.example?tls=none&tls=none",
    ],
)  # fmt: skip
def test_what_is_no_mail_server(url: str) -> None:
    with pytest.raises(ValueError, match="mail server"):
        Server.of(url)


def test_ports_and_names_of_a_mail_server() -> None:
    assert Server.of("smtp://mail.example") == Server("mail.example", 587, False, True)
    assert Server.of("smtps://u:p%40x@mail.example") == Server(
        "mail.example", 465, True, False, "u", "p@x"
    )
    assert "p@x" not in repr(Server.of("smtps://u:p%40x@mail.example"))


INJECTIONS = {
    "a header in the address": ("ada@x.example\r\nBcc: eve@evil.example", "s"),
    "a header in the address by LF": ("ada@x.example\nBcc: eve@evil.example", "s"),
    "a second address": ("ada@x.example, eve@evil.example", "s"),
    "a second address by ;": ("ada@x.example;eve@evil.example", "s"),
    "a name": ("Ada <ada@x.example>", "s"),
    "a group": ("all: ada@x.example;", "s"),
    "a quoted name": ('"x y"@x.example', "s"),
    "a comment": ("ada(x)@x.example", "s"),
    "a source route": ("@evil.example:ada@x.example", "s"),
    "two at": ("ada@evil.example@x.example", "s"),
    "a NUL": ("ada\0@x.example", "s"),
    "nothing": ("", "s"),
    "no host": ("ada@", "s"),
    "too long": ("a" * 300 + "@x.example", "s"),
    "a header in the subject": ("ada@x.example", "s\r\nBcc: eve@evil.example"),
    "a body in the subject": ("ada@x.example", "s\n\nhello"),
    "a CR in the subject": ("ada@x.example", "s\rx"),
    "a line separator in the subject": ("ada@x.example", "s\u2028x"),
    "a next line in the subject": ("ada@x.example", "s\x85x"),
    "no subject": ("ada@x.example", ""),
    "a subject without end": ("ada@x.example", "s" * 401),
}


@pytest.mark.parametrize("name", INJECTIONS)
async def test_a_header_that_was_not_meant_is_refused(store: Store, name: str) -> None:
    to, subject = INJECTIONS[name]
    box = Box()
    with serving(box) as server:
        mailer = Mailer(Server.of(f"smtp://localhost:{server.port}?tls=none"), SENDER)
        with pytest.raises(MailRefused):
            await mailer.send(Mail(to, subject, "x"))
    assert box.got == []
    with pytest.raises(MailRefused):
        await Outbox(store, MASTERS).send(to, subject, "x")


async def test_a_body_stays_a_body() -> None:
    box = Box()
    text = "x\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n.\r\n..dots\n"
    with serving(box) as server:
        mailer = Mailer(Server.of(f"smtp://localhost:{server.port}?tls=none"), SENDER)
        await mailer.send(Mail("ada@x.example", "s", text))
    assert len(box.got) == 1
    assert box.read().get_content() == text.replace("\r\n", "\n")


@pytest.mark.parametrize("sender", ["", "mirage", "a@x.example\nBcc: b@x.example", "a b@x.example"])
def test_a_sender_that_is_none_is_refused_at_once(sender: str) -> None:
    with pytest.raises(MailRefused):
        Mailer(Server.of("smtps://mail.example"), sender)


# --- the outbox ---


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(loop_scope="session")
async def box(store: Store) -> AsyncIterator[Box]:
    await store.execute("MATCH (l:Letter) DETACH DELETE l")
    yield Box()


@pytest.fixture
def courier(store: Store, clock: Clock, box: Box) -> Iterator[Courier]:
    with serving(box) as server:
        mailer = Mailer(Server.of(f"smtp://localhost:{server.port}?tls=none"), SENDER)
        yield Courier(store, MASTERS, mailer, clock)


async def put(store: Store, clock: Clock, to: str = "ada@people.example") -> None:
    await Outbox(store, MASTERS, clock).send(to, "A letter", "the text\n")


async def left(store: Store) -> int:
    return int(await store.read_single("MATCH (l:Letter) RETURN count(l)"))


async def test_a_letter_is_sent_and_forgotten(
    store: Store, courier: Courier, clock: Clock, box: Box
) -> None:
    await put(store, clock)
    rows = await store.read("MATCH (l:Letter) RETURN properties(l) AS p")
    assert "ada@people.example" not in str(rows)
    assert "the text" not in str(rows)

    assert await courier.sweep() == 1
    assert (box.read()["To"], box.read().get_content()) == ("ada@people.example", "the text\n")
    assert (await left(store), await courier.sweep()) == (0, 0)


async def test_a_server_that_is_busy_is_asked_again_later(
    store: Store, courier: Courier, clock: Clock, box: Box
) -> None:
    box.answers = ["451 later", "421 busy", "452 full"]
    await put(store, clock)
    waited = []
    while not box.got:
        assert await courier.sweep() in (0, 1)
        if not box.got:
            assert await courier.sweep() == 0, "not at once"
            before = clock.now
            while not await store.read(
                "MATCH (l:Letter) WHERE l.due_at <= $now RETURN l.id", {"now": clock.now}
            ):
                clock.now += timedelta(seconds=1)
            waited.append((clock.now - before).total_seconds())
    assert waited == [10, 20, 40]
    assert len(box.got) == 1


async def test_a_server_that_is_away_is_asked_again(store: Store, clock: Clock, box: Box) -> None:
    away = Mailer(Server.of("smtp://127.0.0.1:1?tls=none"), SENDER)
    await put(store, clock)
    assert await Courier(store, MASTERS, away, clock).sweep() == 0
    assert await left(store) == 1
    clock.now += timedelta(minutes=1)
    with serving(box) as server:
        mailer = Mailer(Server.of(f"smtp://localhost:{server.port}?tls=none"), SENDER)
        assert await Courier(store, MASTERS, mailer, clock).sweep() == 1


async def test_what_can_never_be_sent_is_given_up_at_once(
    store: Store, courier: Courier, clock: Clock, box: Box
) -> None:
    await put(store, clock, "unknown@people.example")
    await put(store, clock)
    box.answers = ["554 spam"]
    assert await courier.sweep() == 0
    assert (await left(store), box.got) == (0, [])


async def test_a_letter_that_is_of_no_use_any_more_is_not_sent(
    store: Store, courier: Courier, clock: Clock, box: Box
) -> None:
    await put(store, clock)
    clock.now += LIFE + timedelta(seconds=1)
    assert await courier.sweep() == 0
    assert (await left(store), box.got) == (0, [])


async def test_a_letter_whose_key_is_gone_is_given_up(
    store: Store, courier: Courier, clock: Clock, box: Box
) -> None:
    await Outbox(store, MasterKeys("x", {"x": bytes(32)}), clock).send("a@x.example", "s", "t")
    assert await courier.sweep() == 0
    assert (await left(store), box.got) == (0, [])


async def test_two_couriers_send_a_letter_once_and_a_dead_ones_is_sent_by_the_next(
    store: Store, courier: Courier, clock: Clock, box: Box
) -> None:
    for _ in range(5):
        await put(store, clock)
    sent = await asyncio.gather(courier.sweep(), courier.sweep())
    assert (sum(sent), len(box.got)) == (5, 5)

    await put(store, clock)
    letter = await store.read_single("MATCH (l:Letter) RETURN l.id")
    # As a courier that was killed between taking and sending leaves it.
    taking = TakeParams(id=letter, now=clock.now, until=clock.now + timedelta(minutes=2))
    assert await store.fetch_one(TAKE_LETTER.bind(taking))
    assert await courier.sweep() == 0
    clock.now += timedelta(minutes=2, seconds=1)
    assert await courier.sweep() == 1
