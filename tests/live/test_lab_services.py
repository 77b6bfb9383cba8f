"""The lab's servers other than DNS, asked by clients that know nothing of it."""

import base64
import contextlib
import datetime as dt
import ftplib
import hashlib
import smtplib
import socket
import ssl
import warnings
from pathlib import Path

import asyncssh
import httpx
import maxminddb
import mmh3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.running_lab import RunningLab

MAIN = "orrery-instruments.example"


def get(running_lab: RunningLab, address: str, url: str, *, verify: bool = True) -> httpx.Response:
    parts = httpx.URL(url)
    host, port = running_lab.route(address, 443 if parts.scheme == "https" else 80)
    context = ssl.create_default_context(cafile=running_lab.state["ca_file"])
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with httpx.Client(verify=context, trust_env=False) as client:
        return client.get(
            parts.copy_with(host=host, port=port),
            headers={"host": parts.host},
            extensions={"sni_hostname": parts.host},
        )


def handshake(
    running_lab: RunningLab, address: str, name: str, context: ssl.SSLContext
) -> tuple[bytes, str]:
    with (
        socket.create_connection(running_lab.route(address, 443), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b"", secured.version() or ""


def lenient() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    return context


def talk(where: tuple[str, int], sent: bytes, size: int = 4096) -> bytes:
    with socket.create_connection(where, timeout=5) as line:
        if sent:
            line.sendall(sent)
        return line.recv(size)


def whois(where: tuple[str, int], query: str) -> str:
    with socket.create_connection(where, timeout=5) as line:
        line.sendall(f"{query}\r\n".encode())
        parts = iter(lambda: line.recv(65536), b"")
        return b"".join(parts).decode()


def test_site_behind_its_authority_is_trusted(running_lab: RunningLab) -> None:
    for address in ("192.0.2.10", "203.0.113.10", "2001:db8:10::10"):
        page = get(running_lab, address, f"https://www.{MAIN}/")
        assert page.status_code == 200
        assert "<title>Orrery Instruments – planetariums and mounts</title>" in page.text
        assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    ("address", "name", "complaint"),
    [
        ("203.0.113.26", f"vpn.{MAIN}", "certificate has expired"),
        ("203.0.113.30", f"partner.{MAIN}", "Hostname mismatch"),
        ("203.0.113.31", f"build.{MAIN}", "self-signed certificate"),
    ],
)
def test_bad_certificate_is_noticed(
    running_lab: RunningLab, address: str, name: str, complaint: str
) -> None:
    with pytest.raises(httpx.ConnectError, match=complaint):
        get(running_lab, address, f"https://{name}/")
    assert get(running_lab, address, f"https://{name}/", verify=False).status_code in (200, 403)


def test_certificate_follows_the_name_asked_for(running_lab: RunningLab) -> None:
    known = running_lab.state["certificates"]
    for name, certificate in (
        ("reading.tidewater-books.example", "reading"),
        (f"blog.{MAIN}", "tidewater"),
    ):
        der, version = handshake(running_lab, "198.51.100.21", name, lenient())
        assert hashlib.sha256(der).hexdigest() == known[certificate]["sha256"]
        assert version == "TLSv1.3"


def test_certificate_days_count_from_today(running_lab: RunningLab) -> None:
    today = dt.datetime.fromisoformat(f"{running_lab.state['today']}T00:00:00+00:00")
    der, _ = handshake(running_lab, "203.0.113.29", f"careers.{MAIN}", lenient())
    ends = x509.load_der_x509_certificate(der).not_valid_after_utc
    assert ends == today + dt.timedelta(days=9, seconds=-1)


def test_legacy_site_has_a_weak_key_and_old_tls_only(running_lab: RunningLab) -> None:
    der, version = handshake(running_lab, "203.0.113.32", f"legacy.{MAIN}", lenient())
    key = x509.load_der_x509_certificate(der).public_key()
    assert version == "TLSv1.1"
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 1024
    modern = ssl.create_default_context(cafile=running_lab.state["ca_file"])
    with pytest.raises(ssl.SSLError):
        handshake(running_lab, "203.0.113.32", f"legacy.{MAIN}", modern)


def test_two_parties_serve_one_key(running_lab: RunningLab) -> None:
    certificates = running_lab.state["certificates"]
    own, foreign = certificates["api"], certificates["tidewater"]
    assert own["spki_sha256"] == foreign["spki_sha256"]
    assert own["sha256"] != foreign["sha256"]


def test_plain_http_redirects_or_serves_as_the_site_says(running_lab: RunningLab) -> None:
    moved = get(running_lab, "203.0.113.20", f"http://shop.{MAIN}/account?x=1")
    assert (moved.status_code, moved.headers["location"]) == (
        301,
        f"https://shop.{MAIN}/account?x=1",
    )
    portal = get(running_lab, "203.0.113.21", f"http://portal.{MAIN}/")
    assert portal.status_code == 200
    assert 'type="password"' in portal.text
    assert "strict-transport-security" not in portal.headers


def test_leaky_folder_and_missing_page(running_lab: RunningLab) -> None:
    head = get(running_lab, "203.0.113.23", f"http://dev.{MAIN}/.git/HEAD")
    assert head.text == "ref: refs/heads/main\n"
    assert "REDIS_URL" in get(running_lab, "203.0.113.23", f"http://dev.{MAIN}/.env").text
    assert get(running_lab, "203.0.113.23", f"http://dev.{MAIN}/.svn/entries").status_code == 404


def test_look_alike_wears_the_companys_icon(running_lab: RunningLab) -> None:
    own = get(running_lab, "203.0.113.20", f"https://shop.{MAIN}/favicon.ico").content
    copied = get(running_lab, "198.51.100.140", "http://orrery-instrument.example/favicon.ico")
    other = get(running_lab, "198.51.100.21", "https://www.tidewater-books.example/favicon.ico")
    assert own[:4] == b"\0\0\1\0"
    assert copied.content == own
    assert mmh3.hash(base64.encodebytes(other.content)) != mmh3.hash(base64.encodebytes(own))


def test_head_has_no_body_and_keeps_the_connection(running_lab: RunningLab) -> None:
    request = f"HEAD / HTTP/1.1\r\nHost: portal.{MAIN}\r\n\r\n".encode()
    with socket.create_connection(running_lab.route("203.0.113.21", 80), timeout=5) as line:
        for _ in range(2):
            line.sendall(request)
            answer = line.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert answer.endswith(b"\r\n\r\n")


def test_what_is_not_http_gets_no_answer(running_lab: RunningLab) -> None:
    assert talk(running_lab.route("203.0.113.21", 80), b"\x16\x03\x01 junk\r\n\r\n") == b""


@pytest.mark.parametrize(
    ("address", "port"), [("203.0.113.27", 21), ("203.0.113.28", 6379), ("192.0.2.150", 43)]
)
def test_endless_line_ends_the_connection(running_lab: RunningLab, address: str, port: int) -> None:
    # What the server says of it on its error output fails the fixture.
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection(running_lab.route(address, port), timeout=5) as line,
    ):
        line.sendall(b"x" * 300_000)
        while line.recv(4096):
            pass


def test_mail_server_greets_and_takes_no_mail(running_lab: RunningLab) -> None:
    with smtplib.SMTP(*running_lab.route("203.0.113.25", 25), timeout=5) as client:
        code, text = client.ehlo("tester.example")
        assert (code, b"STARTTLS" in text) == (250, True)
        context = ssl.create_default_context(cafile=running_lab.state["ca_file"])
        # What smtplib checks the certificate against; it has no public way to say it.
        vars(client)["_host"] = f"mail.{MAIN}"
        client.starttls(context=context)
        client.ehlo("tester.example")
        client.mail("a@tester.example")
        assert client.rcpt(f"edda.quill@{MAIN}")[0] == 550


def test_banners_tell_versions(running_lab: RunningLab) -> None:
    greeting = talk(running_lab.route("203.0.113.25", 25), b"")
    assert greeting == b"220 mail.orrery-instruments.example ESMTP Exim 4.92\r\n"
    assert talk(running_lab.route("203.0.113.34", 22), b"").startswith(b"SSH-2.0-OpenSSH_7.4\r\n")
    greeting = talk(running_lab.route("203.0.113.20", 3306), b"")
    assert greeting[4:].startswith(b"\x0a5.5.62-log\0")


def test_ftp_server_lets_nobody_in(running_lab: RunningLab) -> None:
    client = ftplib.FTP(timeout=5)
    host, port = running_lab.route("203.0.113.27", 21)
    assert client.connect(host, port) == "220 (vsFTPd 2.3.4)"
    with pytest.raises(ftplib.error_perm, match="530"):
        client.login()
    client.quit()


def test_redis_answers_without_login(running_lab: RunningLab) -> None:
    where = running_lab.route("203.0.113.28", 6379)
    assert talk(where, b"PING\r\n") == b"+PONG\r\n"
    assert b"redis_version:5.0.3\r\n" in talk(where, b"*1\r\n$4\r\nINFO\r\n")
    assert talk(where, b"FLUSHALL\r\n").startswith(b"-ERR unknown command")
    assert talk(where, b"*99999999\r\n") == b""


async def test_ssh_exchanges_keys_and_refuses(running_lab: RunningLab) -> None:
    host, port = running_lab.route("203.0.113.27", 22)
    key = await asyncssh.get_server_host_key(host, port)
    assert key is not None
    assert key.get_algorithm() == "ssh-ed25519"
    with pytest.raises(asyncssh.PermissionDenied):
        await asyncssh.connect(host, port, known_hosts=None, username="root", password="root")


def test_certificate_search_knows_a_name_that_nothing_else_knows(running_lab: RunningLab) -> None:
    found = get(running_lab, "192.0.2.160", f"https://crt.sh/?q=%25.{MAIN}&output=json").json()
    names = {name for row in found for name in row["name_value"].split("\n")}
    assert f"staging-2019.{MAIN}" in names
    assert "build" not in names
    row = next(r for r in found if r["common_name"] == f"staging-2019.{MAIN}")
    pem = get(running_lab, "192.0.2.160", f"https://crt.sh/?d={row['id']}").content
    certificate = x509.load_pem_x509_certificate(pem)
    assert f"{certificate.serial_number:032x}" == row["serial_number"]
    assert (
        get(running_lab, "192.0.2.160", "https://crt.sh/?q=%25.none.example&output=json").json()
        == []
    )


def test_registries_are_found_by_bootstrap_and_answer(running_lab: RunningLab) -> None:
    names = get(running_lab, "192.0.2.150", "https://data.iana.org/rdap/dns.json").json()
    assert names["services"] == [[["example"], ["https://rdap.nic.example/"]]]
    url = "https://rdap.nic.example/domain/orrery-cloud.example"
    domain = get(running_lab, "192.0.2.140", url).json()
    today = dt.date.fromisoformat(running_lab.state["today"])
    ends = next(e["eventDate"] for e in domain["events"] if e["eventAction"] == "expiration")
    assert ends == f"{today + dt.timedelta(days=21)}T00:00:00Z"
    assert domain["status"] == ["active"]
    for absent in ("domain/starling-newsletter.example", "domain/orrery.test", "ip/10.0.0.1"):
        base = (
            "https://rdap.numbers.example/" if absent[:2] == "ip" else "https://rdap.nic.example/"
        )
        assert get(running_lab, "192.0.2.140", base + absent).status_code == 404
    block = get(running_lab, "192.0.2.140", "https://rdap.numbers.example/ip/203.0.113.20").json()
    assert (block["handle"], block["country"]) == ("NET-203-0-113-0-1", "GB")
    system = get(running_lab, "192.0.2.140", "https://rdap.numbers.example/autnum/64500").json()
    assert system["name"] == "ORRERY-AS"


def test_whois_refers_from_the_root_to_the_registry(running_lab: RunningLab) -> None:
    referral = whois(running_lab.route("192.0.2.150", 43), "orrery.test")
    assert "refer:        whois.nic.example\r\n" in referral
    record = whois(running_lab.route("192.0.2.140", 43), "orrery.test")
    assert "Domain Name: ORRERY.TEST\r\n" in record
    assert "Domain Status: clientTransferProhibited " in record
    nothing = whois(running_lab.route("192.0.2.140", 43), "unregistered.test")
    assert nothing.startswith('No match for domain "UNREGISTERED.TEST".')


def test_archive_lists_captures(running_lab: RunningLab) -> None:
    base = "https://web.archive.org/cdx/search/cdx"
    query = f"url={MAIN}&matchType=domain&output=json&fl=original,statuscode&collapse=urlkey"
    rows = get(running_lab, "192.0.2.170", f"{base}?{query}").json()
    assert rows[0] == ["original", "statuscode"]
    assert [f"http://old.{MAIN}/catalogue.pdf", "200"] in rows
    assert len(rows) == 7
    ok = get(running_lab, "192.0.2.170", f"{base}?{query}&filter=statuscode:200").json()
    assert [f"http://www.{MAIN}/admin/backup.sql", "404"] not in ok
    assert get(running_lab, "192.0.2.170", f"{base}?url=none.example&output=json").json() == []


def test_lists_are_served_in_their_formats(running_lab: RunningLab) -> None:
    base = "https://feeds.netwatch.example"
    plain = get(running_lab, "192.0.2.180", f"{base}/lab-scanners").text.splitlines()
    assert plain[2:] == ["203.0.113.27", "192.0.2.198"]
    known = get(running_lab, "192.0.2.180", f"{base}/lab-content-networks").json()
    assert known["list"] == ["192.0.2.0/26", "2001:db8:cd::/48"]
    assert get(running_lab, "192.0.2.180", f"{base}/lab-local").status_code == 404
    local = next(feed for feed in running_lab.state["feeds"] if feed["slug"] == "lab-local")
    assert local["url"] == ""
    assert "192.0.2.197" in Path(local["path"]).read_text()


def test_geo_database_is_read_by_the_real_reader(running_lab: RunningLab) -> None:
    with maxminddb.open_database(running_lab.state["files"]["geo_mmdb"]) as places:
        assert places.get("198.51.100.200") == {
            "city": {"names": {"en": "Altaluz"}},
            "country": {"iso_code": "CL"},
            "autonomous_system_number": 64503,
            "autonomous_system_organization": "Enlace Andino SpA",
        }
        assert places.get_with_prefix_len("2001:db8:10::10")[1] == 48
        assert places.get("10.20.0.5") is None
