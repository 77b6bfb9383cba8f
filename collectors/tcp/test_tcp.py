import pytest

from collectors._kit.testing import described, replay
from collectors.tcp.banner import Banner
from collectors.tcp.connect import Connect
from collectors.tcp.greeting import Greeting, lasting, read_greeting
from graph.facts import Outcome
from graph.model.network import NetworkService
from graph.model.software import Runs

HOST = "192.0.2.40"


def test_open_ports_are_services_and_closed_or_filtered_ones_are_not() -> None:
    assert described(replay(Connect, "tcp.connect.ok")) == {
        f"IPAddress {HOST} -HAS_PORT-> NetworkService tcp://{HOST}:22",
        f"IPAddress {HOST} -HAS_PORT-> NetworkService tcp://{HOST}:443",
        f"NetworkService tcp://{HOST}:22 {{state: 'open'}}",
        f"NetworkService tcp://{HOST}:443 {{state: 'open'}}",
    }
    (none,) = replay(Connect, "tcp.connect.empty")
    assert none.outcome is Outcome.ABSENT


def test_a_port_that_cannot_be_tried_leaves_no_answer() -> None:
    (answer,) = replay(Connect, "tcp.connect.failing")
    assert (answer.outcome, answer.facts) == (Outcome.ERROR, ())
    assert answer.reason == f"{HOST} port 443: No route to host"


def greeted(case: str) -> tuple[NetworkService, set[str]]:
    """The service as its greeting describes it, and what it runs."""
    (answer,) = replay(Banner, f"tcp.banner.{case}")
    service = next(f for f in answer.facts if isinstance(f, NetworkService))
    return service, {f.target.key for f in answer.facts if isinstance(f, Runs)}


@pytest.mark.parametrize(
    ("case", "protocol", "banner", "version", "runs"),
    [
        (
            "ssh",
            "ssh",
            "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13",
            "9.6p1",
            "a:openbsd:openssh¦9.6p1",
        ),
        (
            "smtp",
            "smtp",
            "mail.heron-optics.example ESMTP Exim 4.92 / no spam please",
            "4.92",
            "a:exim:exim¦4.92",
        ),
        ("postfix", "smtp", "mx.post-house.example ESMTP Postfix", None, "a:postfix:postfix"),
        (
            "ftp",
            "ftp",
            "ProFTPD 1.3.5 Server (Heron) [192.0.2.40]",
            "1.3.5",
            "a:proftpd:proftpd¦1.3.5",
        ),
        ("mysql", "mysql", "5.5.62-log", "5.5.62", "a:oracle:mysql¦5.5.62"),
        ("redis_open", "redis", "redis_version:5.0.3", "5.0.3", "a:redis:redis¦5.0.3"),
    ],
)
def test_a_greeting_names_protocol_and_software(
    case: str, protocol: str, banner: str, version: str | None, runs: str
) -> None:
    service, software = greeted(case)
    assert (service.service_name, service.banner, service.product_version) == (
        protocol,
        banner,
        version,
    )
    assert software == {runs}


@pytest.mark.parametrize(
    ("case", "authentication"),
    [("redis_open", "none"), ("redis_closed", "required"), ("ssh", None)],
)
def test_whether_a_login_is_asked_for_is_said_where_it_shows(
    case: str, authentication: str | None
) -> None:
    assert greeted(case)[0].authentication == authentication


@pytest.mark.parametrize("case", ["empty", "unknown"])
def test_silence_and_strange_words_tell_nothing(case: str) -> None:
    (answer,) = replay(Banner, f"tcp.banner.{case}")
    assert answer.outcome is Outcome.ABSENT


def test_ports_where_nobody_greets_are_not_waited_for() -> None:
    (answer,) = replay(Banner, "tcp.banner.skipped")
    assert answer.outcome is Outcome.SKIPPED


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a.example ESMTP Exim 4.92 Thu, 01 Jan 2026 10:00:00 +0000", "a.example ESMTP Exim 4.92"),
        ("POP3 ready <1896.697170952@a.example>", "POP3 ready"),
        ("ready at 2026-01-01T10:00:00Z", "ready at"),
        ("a.example ESMTP id 4f3A9c01; hello", "a.example ESMTP ; hello"),
        ("version 5.0.3 of 2019", "version 5.0.3 of 2019"),
        ("first\n\n second ", "first / second"),
        ("x" * 600, "x" * 500),
    ],
)  # fmt: skip
def test_what_differs_each_time_is_no_part_of_a_banner(text: str, kept: str) -> None:
    assert lasting(text) == kept


@pytest.mark.parametrize(
    ("data", "greeting"),
    [
        (b"", None),
        (b"\x00\x01\x02", None),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", None),
        (b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", Greeting(
            "imap", "[CAPABILITY IMAP4rev1] Dovecot ready.", "a:dovecot:dovecot", "Dovecot")),
        (b"+OK hello\r\n", Greeting("pop3", "hello")),
        (b"220 Welcome\r\n", Greeting("ftp", "Welcome")),
        (b"SSH-2.0-Cisco-1.25\n", Greeting(
            "ssh", "SSH-2.0-Cisco-1.25", "o:cisco:ios", "Cisco IOS", "1.25")),
        (b"SSH-2.0-dropbear\n", Greeting(
            "ssh", "SSH-2.0-dropbear", "a:dropbear_ssh_project:dropbear_ssh", "Dropbear SSH")),
        (b"\x50\0\0\0\x0a5.5.5-10.3.22-MariaDB-1\0...", Greeting(
            "mysql", "5.5.5-10.3.22-MariaDB-1", "a:mariadb:mariadb", "MariaDB", "10.3.22")),
        (b"\x50\0\0\0\x0anot a version\0...", None),
        (b"-DENIED Redis is running in protected mode\r\n", Greeting(
            "redis", "-DENIED Redis is running in protected mode", authentication="required")),
    ],
)  # fmt: skip
def test_greetings_are_told_apart(data: bytes, greeting: Greeting | None) -> None:
    assert read_greeting(data) == greeting
