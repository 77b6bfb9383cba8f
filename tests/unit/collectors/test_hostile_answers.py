"""Whatever a target answers, it is read or refused with a reason; nothing else is ever raised."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collectors._kit.base import (
    DnsRecord,
    DnsRequest,
    DnsResponse,
    HttpRequest,
    HttpResponse,
    Request,
    Response,
    TcpRequest,
    TcpResponse,
    TlsRequest,
    TlsResponse,
)
from collectors._kit.conversation import Conversation
from collectors._kit.registry import discover
from collectors.http.page import parsed
from collectors.tcp.greeting import read_greeting
from graph.model.registry import make

REGISTRY = discover(with_entry_points=False)
OURS = [n for n in REGISTRY.collectors if n.split(".")[0] in ("dns", "http", "tcp", "tls")]
TARGETS = {
    "DomainName": "heron-optics.example",
    "IPAddress": "192.0.2.1",
    "NetworkService": "tcp://192.0.2.1:2222",
    "URL": "https://www.heron-optics.example/",
}
WORDS = ["<", ">", "</", "/>", "<!", "<![", "<!--", "-->", "<?", "&", "&#", ";", "=", '"', "'", " "]
WORDS += ["title", "script", "form", "input", "type=password", "a href=", "base href=", "meta"]
WORDS += ["mailto:", "tel:", "//", "http://", "[", "]", "%", "\x00", "é", "@a.example", "Contact:"]
MARKUP = st.lists(st.sampled_from(WORDS), max_size=40).map("".join)
BODY = st.one_of(st.binary(max_size=200), MARKUP.map(str.encode))
HEADER = st.one_of(st.text(max_size=30), MARKUP)
# What a resolver may give for a type: always of its form, with any name and text inside.
NAMES = [".", "a.example", "*.example", "a b", "\\255.example", "-a-.example", "_x._y", "a..b"]
TEXTS = ['"v=spf1 include:a.example +all"', '"v=spf1 ip4:x/99 a:%{i} redirect=b.example"', '""']
TEXTS += ['"v=DMARC1; p=none; p=x"', '"v=DKIM1; p=AAAA"', '"\\255\\000"', '"v=STSv1"', '"a" "b"']
VALUES = {
    "A": ["192.0.2.1"],
    "AAAA": ["2001:db8::1"],
    "MX": [f"10 {name}" for name in NAMES],
    "SRV": [f"1 2 3 {name}" for name in NAMES if " " not in name],
    "TXT": TEXTS,
    "SOA": ["a.example. b.example. 1 2 3 4 5"],
    "CAA": ['0 issue ";"', '0 iodef "mailto:x"'],
    "HTTPS": ["0 .", '1 . alpn="h2"'],
    "SVCB": ["1 a.example."],
}


def answering(draw: Callable[[st.SearchStrategy[object]], object]) -> Callable[[Request], Response]:
    """A world that answers each request with something of the right type and any content."""

    def answer(request: Request) -> Response:
        body = draw(BODY)
        assert isinstance(body, bytes)
        if isinstance(request, HttpRequest):
            status = draw(st.sampled_from([200, 206, 302, 404, 500, 999]))
            kind = draw(st.sampled_from(["text/html", "", "text/plain", "application/json", "x"]))
            text = str(draw(HEADER))
            headers = (("content-type", str(kind)), ("location", text), ("set-cookie", text))
            more = (("server", text), ("strict-transport-security", text))
            assert isinstance(status, int)
            return HttpResponse(request, status, (*headers, *more), body, "192.0.2.1")
        if isinstance(request, DnsRequest):
            known = list(VALUES) if request.rrtype == "AXFR" else [request.rrtype, "CNAME"]
            rrtype = str(draw(st.sampled_from(known)))
            values = draw(st.lists(st.sampled_from(VALUES.get(rrtype, NAMES)), max_size=3))
            assert isinstance(values, list)
            owned = tuple(DnsRecord(request.name, rrtype, 60, str(v)) for v in values)
            return DnsResponse(request, str(draw(st.sampled_from(["NOERROR", "NXDOMAIN"]))), owned)
        if isinstance(request, TlsRequest):
            return TlsResponse(request, (body,), "TLSv1.3", "x")
        assert isinstance(request, TcpRequest)
        return TcpResponse(request, is_open=True, data=body, address="192.0.2.1")

    return answer


@pytest.mark.parametrize("name", OURS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_answer_is_read_or_refused(name: str, data: st.DataObject) -> None:
    manifest = REGISTRY.get(name).manifest
    target = make(manifest.consumes[0], TARGETS[manifest.consumes[0]])
    talk = Conversation(REGISTRY.make(name), manifest, target)
    talk.begin()
    answer = answering(data.draw)
    asked_for = 0
    while (asked := talk.take()) is not None and asked_for < 12:
        asked_for += 1
        talk.receive(asked, answer(asked.request))
    assert not [p.reason() for p in talk.parts.values() if "defect" in p.reason()]


@settings(max_examples=300, deadline=None)
@given(MARKUP)
@example("<![ x")
@example("<![if !IE]>a<![endif]>")
@example("<!DOCTYPE [<!x")
@example("<a href='")
def test_any_markup_is_a_page(markup: str) -> None:
    assert isinstance(parsed(markup).title, str)


NASTY = {
    "open tags": "<div>" * 100_000,
    "tags without end": "<a href=x" * 50_000,
    "comments without end": "<!--" * 100_000,
    "attributes": "<b " * 150_000,
    "quotes": "<a b='\"" * 60_000,
    "ampersands": "&" * 500_000,
    "raw text": "<script>" * 60_000,
    "closing": "</title" * 60_000,
    "spaces in a rule": "Disallow:" + " " * 400_000 + "x",
    "spaces in a field": "Contact: a" + " " * 400_000 + "b",
    "empty lines": "\n" * 400_000,
    "addresses": "a.a.a.a@" * 60_000,
    "domains": "x@" + "a." * 200_000,
    "numbers": "+1 (" * 100_000,
    "words of a pattern": "SonarQube " * 40_000,
    "parking": "this domain has been registered " * 15_000,
    "nested XML": "<urlset>" * 60_000,
    "nested JSON": '{"issuer":' + "[" * 200_000,
}


@pytest.mark.parametrize("name", [n for n in OURS if n.startswith("http.")])
@pytest.mark.parametrize("nasty", NASTY)
def test_a_nasty_page_costs_seconds_not_minutes(name: str, nasty: str) -> None:
    manifest = REGISTRY.get(name).manifest
    target = make(manifest.consumes[0], TARGETS[manifest.consumes[0]])
    talk = Conversation(REGISTRY.make(name), manifest, target)
    talk.begin()
    body = NASTY[nasty].encode()
    began = time.monotonic()
    while (asked := talk.take()) is not None:
        assert isinstance(asked.request, HttpRequest | DnsRequest)
        if isinstance(asked.request, DnsRequest):
            talk.receive(asked, DnsResponse(asked.request, "NOERROR"))
            continue
        path = asked.request.url.rpartition("/")[2]
        kind = "text/plain" if "." in path or "-" in path else "text/html"
        headers = (("content-type", kind),)
        talk.receive(asked, HttpResponse(asked.request, 200, headers, body, "192.0.2.1"))
    assert time.monotonic() - began < 5
    assert not [p.reason() for p in talk.parts.values() if "defect" in p.reason()]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda b: b"220 " + b)))
def test_any_greeting_is_read(data: bytes) -> None:
    read_greeting(data)


@pytest.mark.parametrize("piece", [b"<1", b"220-", b"id 0", b" ", b"Mon, ", b"\n", b"1"])
def test_a_nasty_greeting_costs_little(piece: bytes) -> None:
    began = time.monotonic()
    read_greeting(b"220 ESMTP " + piece * (4_000 // len(piece)))
    assert time.monotonic() - began < 1
