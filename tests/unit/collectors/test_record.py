from typing import Any

import pytest

from collectors._kit.base import (
    DnsRecord,
    DnsRequest,
    DnsResponse,
    FileRequest,
    FileResponse,
    HttpRequest,
    HttpResponse,
    Request,
    Response,
    TcpRequest,
    TcpResponse,
    TlsRequest,
    TlsResponse,
)
from collectors._kit.record import (
    content_key,
    protocol_of,
    read_request,
    read_response,
    readdressed,
    write_request,
    write_response,
)
from graph.errors import InvalidFact

HTTP = HttpRequest("https://a.example/", headers=(("accept", "x"),), accept_statuses=(404,))
DNS = DnsRequest("a.example", "A")
PAIRS: list[tuple[Request, Any]] = [
    (HTTP, HttpResponse(HTTP, 200, (("server", "x"),), b"caf\xc3\xa9\n", "192.0.2.1", True)),
    (HTTP, HttpResponse(HTTP, 200, (), b"\x00\xff")),
    (DNS, DnsResponse(DNS, "NOERROR", (DnsRecord("a.example", "A", 60, "192.0.2.1"),))),
    (TlsRequest("192.0.2.1", 443, "a.example"), TlsResponse(
        TlsRequest("192.0.2.1", 443, "a.example"), (b"\x30\x01", b"\x30"), "TLSv1.3", "X", "h2")),
    (TcpRequest("192.0.2.1", 22, b"\r\n"), TcpResponse(
        TcpRequest("192.0.2.1", 22, b"\r\n"), True, b"SSH-2.0-x\r\n")),
    (FileRequest("/a"), FileResponse(FileRequest("/a"), b"text")),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "response"), PAIRS)
def test_what_is_written_reads_back_the_same(request_: Request, response: Response) -> None:
    again = read_request(protocol_of(request_), write_request(request_))
    assert again == request_
    assert read_response(again, write_response(response)) == response


def test_defaults_part_and_note_are_not_written() -> None:
    asked = DnsRequest("a.example", "A", part="x", note="first")
    assert write_request(asked) == {"name": "a.example", "rrtype": "A"}


def test_the_same_question_has_one_key_whoever_asks() -> None:
    one = HttpRequest("https://a.example/", part="x", note="page")
    other = HttpRequest("https://a.example/", part="y")
    assert content_key(one) == content_key(other)
    assert content_key(one) != content_key(HttpRequest("https://a.example/", verify_tls=False))
    assert content_key(FileRequest("1")) != content_key(TcpRequest("1", 1))


def test_what_the_kit_cannot_send_is_refused() -> None:
    with pytest.raises(InvalidFact, match="Request is not a request that the kit can send"):
        protocol_of(Request())


def test_a_response_can_answer_the_same_question_of_another() -> None:
    asked = DnsRequest("a.example", "A", part="x")
    moved = readdressed(DnsResponse(DNS, "NXDOMAIN"), asked)
    assert moved == DnsResponse(asked, "NXDOMAIN")


@pytest.mark.parametrize(
    ("protocol", "raw", "message"),
    [
        ("smtp", {}, "'smtp' is not a protocol; there are http, dns, tls, tcp, file"),
        ("dns", {"name": "a", "type": "A"}, "DnsRequest has no 'type' to record"),
        ("dns", {"name": "a"}, "missing 1 required positional argument: 'rrtype'"),
        ("tcp", {"host": "a", "port": 1, "send": {"base64": "%"}}, "TcpRequest: "),
        ("dns", {"name": "a", "rrtype": "A", "part": "x"}, "has no 'part' to record"),
    ],
)
def test_a_wrong_record_is_refused(protocol: str, raw: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidFact, match=message):
        read_request(protocol, raw)
