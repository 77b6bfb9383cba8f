import io

import pytest

from collectors._kit.unpacking import FileRefused
from collectors._kit.xml_stream import xml_records

HOST = frozenset({"host"})


def records(text: str | bytes) -> list[tuple[int, str | None]]:
    content = text.encode() if isinstance(text, str) else text
    return [
        (line, record.get("name"))
        for line, record in xml_records(io.BytesIO(content), "scan", HOST, 60)
    ]


def test_each_wanted_child_of_the_root_is_given_with_its_line() -> None:
    text = '<scan>\n<i><host name="deep"/></i>\n<host name="a">\n</host>\n<host name="b"/></scan>'
    assert records(text) == [(3, "a"), (5, "b")]


def test_a_document_type_by_itself_is_harmless() -> None:
    assert records('<!DOCTYPE scan><scan><host name="a"/></scan>') == [(1, "a")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('<!DOCTYPE s [<!ENTITY a "x">]><scan>&a;</scan>', "declaring an entity"),
        ('<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><scan>&a;</scan>', "declaring"),
        ('<!DOCTYPE s [<!ENTITY % p SYSTEM "http://x.example/">%p;]><scan/>', "declaring"),
        ("<scan>" + "<a>" * 200_000, "nest deeper than 60"),
        ("<html></html>", "the root is <html>; <scan> is right"),
        ("<scan><host>", "not well formed"),
        ("<scan></scan>junk", "not well formed"),
        ("", "not well formed"),
        (b"\x00\x01\x02", "not well formed"),
    ],
)
def test_what_is_dangerous_or_damaged_refuses_the_file(text: str | bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        records(text)


def test_an_inclusion_is_an_element_like_any_other() -> None:
    text = (
        '<scan xmlns:xi="http://www.w3.org/2001/XInclude">'
        '<host name="a"><xi:include href="file:///etc/passwd"/></host></scan>'
    )
    assert records(text) == [(1, "a")]


def test_a_record_of_too_many_elements_refuses_the_file() -> None:
    with pytest.raises(FileRefused, match="the record has over 500,000 elements"):
        records("<scan><host>" + "<p/>" * 500_001 + "</host></scan>")
