"""Whatever a file or a source's answer holds, it is read, told as refused, or refused as a whole."""

from __future__ import annotations

import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._kit.base import (
    FileRequest,
    FileResponse,
    HttpRequest,
    HttpResponse,
    TcpRequest,
    TcpResponse,
)
from collectors._kit.importing import ImportedRow, Importer, Rejection, rows_of
from collectors._kit.registry import discover
from collectors._kit.unpacking import FileRefused
from collectors.feeds.reading import READERS, Form, read_feed
from collectors.rdap.asking import OBJECT
from graph.errors import MirageError
from graph.model.registry import make

REGISTRY = discover(with_entry_points=False)
IMPORTERS = [
    name for name, listed in REGISTRY.collectors.items() if listed.manifest.kind == "importer"
]
WORDS = st.sampled_from(
    [
        "type",
        "id",
        "objects",
        "bundle",
        "data",
        "host",
        "value",
        "<nmaprun>",
        "<host>",
        "</host>",
        "<address",
        'addr="',
        '">',
        "{",
        "}",
        "[",
        "]",
        '"',
        ":",
        ",",
        ";",
        "|",
        "DNS_NAME",
        "domain-name",
        "url",
        "a.example",
        "192.0.2.1",
        "hxxp://a[.]b",
        ":443",
        "null",
        "1e999",
        "-1",
        "\\u0000",
        "Domain:",
        "Registrar:",
        "[Holder]",
        "2020-01-01",
        "status",
        "\n",
        "\t",
        "'",
        "[domain-name:value='a.example']",
        "é",
        "\u202e",
    ]
)
TEXTS = st.lists(WORDS | st.text(max_size=8), max_size=40).map(" ".join)
BYTES = st.binary(max_size=400) | TEXTS.map(str.encode) | TEXTS.map(lambda t: t.encode("utf-16"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
STIX_TYPES = st.sampled_from(
    [
        "indicator",
        "malware",
        "report",
        "relationship",
        "sighting",
        "ipv4-addr",
        "file",
        "domain-name",
        "identity",
        "x509-certificate",
        "software",
        "location",
        "marking-definition",
    ]
)
STIX = st.dictionaries(
    st.sampled_from(
        [
            "name",
            "value",
            "pattern",
            "pattern_type",
            "hashes",
            "object_refs",
            "source_ref",
            "target_ref",
            "created",
            "modified",
            "relationship_type",
            "object_marking_refs",
            "granular_markings",
            "kill_chain_phases",
            "aliases",
            "revoked",
            "external_references",
            "country",
            "cpe",
            "version",
            "confidence",
            "resolves_to_refs",
            "definition",
        ]
    ),
    JSON,
    max_size=8,
)
RDAP = st.dictionaries(
    st.sampled_from(
        [
            "handle",
            "ldhName",
            "status",
            "events",
            "nameservers",
            "secureDNS",
            "entities",
            "startAddress",
            "endAddress",
            "startAutnum",
            "endAutnum",
            "country",
            "name",
            "type",
            "remarks",
            "port43",
            "parentHandle",
        ]
    ),
    JSON,
    max_size=8,
)


@pytest.mark.parametrize("name", IMPORTERS)
@given(content=BYTES)
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_rows_or_refused(name: str, content: bytes) -> None:
    importer = REGISTRY.make(name)
    assert isinstance(importer, Importer)
    for packed in (content, gzip.compress(content)):
        try:
            rows = list(rows_of(importer, io.BytesIO(packed)))
        except FileRefused:
            continue
        assert all(isinstance(row, ImportedRow | Rejection) for row in rows)
    assert 0 <= importer.detect(content, "upload") <= 1


@given(objects=st.lists(st.tuples(STIX_TYPES, STIX), max_size=5))
@settings(max_examples=150, deadline=None)
def test_any_members_of_stix_objects_are_rows_or_refused(
    objects: list[tuple[str, dict[str, object]]],
) -> None:
    importer = REGISTRY.make("stix21")
    assert isinstance(importer, Importer)
    bundle = [
        {**body, "type": kind, "id": f"{kind}--00000000-0000-4000-8000-{number:012d}"}
        for number, (kind, body) in enumerate(objects)
    ]
    content = json.dumps({"type": "bundle", "objects": bundle}).encode("utf-8", "replace")
    try:
        list(rows_of(importer, io.BytesIO(content)))
    except FileRefused as error:
        assert "not JSON" in str(error)  # noqa: PT017 - JSON of lone surrogates is no JSON


@pytest.mark.parametrize(
    ("collector", "kind", "key", "wanted"),
    [
        ("rdap.domain", "DomainName", "a.example", "domain"),
        ("rdap.ip", "IPAddress", "192.0.2.1", "ip network"),
        ("rdap.asn", "AutonomousSystem", "64500", "autnum"),
    ],
)
@given(body=RDAP)
@settings(max_examples=80, deadline=None)
def test_any_rdap_object_is_facts_or_an_error_of_ours(
    collector: str, kind: str, key: str, wanted: str, body: dict[str, object]
) -> None:
    target = make(kind, key)
    content = json.dumps({"ldhName": "a.example", **body, "objectClassName": wanted})
    request = HttpRequest("https://rdap.example/x", note=OBJECT)
    response = HttpResponse(request, 200, (), content.encode("utf-8", "replace"))
    try:
        list(REGISTRY.make(collector).parse(response, target))
    except MirageError:
        return


@pytest.mark.parametrize("collector", ["ct.crtsh", "archive.wayback"])
@given(body=BYTES | JSON.map(lambda value: json.dumps(value).encode("utf-8", "replace")))
@settings(max_examples=60, deadline=None)
def test_any_page_is_facts_or_an_error_of_ours(collector: str, body: bytes) -> None:
    for part in ("", "names", "certificates"):
        response = HttpResponse(HttpRequest("https://a.example/", part=part), 200, (), body)
        try:
            list(REGISTRY.make(collector).parse(response, make("DomainName", "a.example")))
        except MirageError:
            continue


@given(data=BYTES)
@settings(max_examples=150, deadline=None)
def test_any_whois_answer_is_facts_or_an_error_of_ours(data: bytes) -> None:
    response = TcpResponse(TcpRequest("whois.a.example", 43), is_open=True, data=data)
    try:
        list(REGISTRY.make("whois.domain").parse(response, make("DomainName", "a.example")))
    except MirageError:
        return


@pytest.mark.parametrize("form", sorted(READERS))
@given(body=BYTES)
@settings(max_examples=40, deadline=None)
def test_any_feed_is_an_index_or_an_error_of_ours(form: str, body: bytes) -> None:
    try:
        read_feed(body, Form(form))
    except MirageError:
        return


@given(body=BYTES)
@settings(max_examples=40, deadline=None)
def test_any_file_is_a_database_or_an_error_of_ours(body: bytes) -> None:
    response = FileResponse(FileRequest("/data/x.mmdb"), body)
    with pytest.raises(MirageError):
        list(REGISTRY.make("geo.mmdb").parse(response, make("IPAddress", "192.0.2.1")))
