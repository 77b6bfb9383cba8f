"""Manifests of channels, how they are found, and what is sent as data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from collectors._kit.base import DnsRequest, DnsResponse, HttpRequest, TcpRequest, TcpResponse
from collectors._kit.channel import (
    Channel,
    MailRequest,
    Message,
    Outcome,
    read_message,
    verdict_of,
    write_message,
)
from collectors._kit.channel_testing import SAMPLE, read_fixture
from collectors._kit.faults import Busy
from collectors._kit.manifest import InvalidManifest, SourceManifest, build_manifest
from collectors._kit.registry import BrokenChannel, discover, load_channel
from graph.errors import InvalidFact, NotFound, NotPermitted, SourceRejected, SourceUnavailable

SOURCE = {
    "title": "Heron",
    "owner": "The tests",
    "docs": "https://heron.example/",
    "terms": "Made for a test.",
}
OPTION = {"type": "text", "summary": "Where it goes to."}


def built(**changes: Any) -> SourceManifest:
    table = {
        "title": "Heron",
        "summary": "Tells herons of it.",
        "version": 1,
        "sends": "http",
        "hosts": ["option:url", "api.heron.example"],
        "options": {"url": OPTION},
        **changes,
    }
    return build_manifest({**SOURCE, "channel": {"heron": table}}, folder="heron", where="there")


def test_a_channel_may_contact_its_hosts_and_those_that_its_options_name() -> None:
    (channel,) = built().channels
    reaching = channel.reaching({"url": "https://Hooks.Example.com:8443/a?b=c"})

    assert [
        reaching.may_contact(host)
        for host in ("hooks.example.com", "api.heron.example", "example.com", "option:url")
    ] == [True, True, False, False]
    assert channel.reaching({"url": "syslog.example.com"}).may_contact("syslog.example.com")
    assert channel.reaching({"url": "192.0.2.7"}).may_contact("192.0.2.7")


@pytest.mark.parametrize(
    "url", ["https://", "ftp://a.example/", "https://u@a.example/", "0x7f.1", "a b"]
)
def test_what_names_no_host_is_refused(url: str) -> None:
    (channel,) = built().channels

    with pytest.raises(SourceRejected):
        channel.reaching({"url": url})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hosts": []}, "hosts names whom it contacts"),
        ({"sends": "mail"}, "hosts names whom it contacts"),
        ({"hosts": ["option:port"]}, "'port', which is no text among options"),
        ({"sends": "dns"}, 'there: channel."heron".sends: Input should be'),
        ({"consumes": ["DomainName"]}, 'there: channel."heron".consumes: Extra inputs'),
        ({"ceiling": "PINK"}, 'there: channel."heron".ceiling: '),
    ],
)
def test_a_manifest_that_says_what_cannot_be_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidManifest, match=said.replace("[", r"\[")):
        built(**changes)


def test_a_source_has_a_collector_or_a_channel() -> None:
    with pytest.raises(InvalidManifest, match="neither a collector nor a channel"):
        build_manifest(SOURCE, folder="heron", where="there")
    with pytest.raises(InvalidManifest, match=r"channels: the tables are called \[channel"):
        build_manifest({**SOURCE, "channels": {}}, folder="heron", where="there")
    with pytest.raises(InvalidManifest, match=r"each channel has a table of its own"):
        build_manifest({**SOURCE, "channel": []}, folder="heron", where="there")


MANIFEST = """
title = "Heron {name}"
owner = "The tests"
docs = "https://heron.example/"
terms = "Made for a test."
[channel."{id}"]
title = "Heron"
summary = "Tells herons of it."
module = "one"
version = 1
sends = "http"
hosts = ["heron.example"]
"""
CODE = """
from collectors._kit.channel import Channel
class One(Channel):
    id = "{id}"
    def compose(self, notice, now): return None
"""


def add(folder: Path, name: str, code: str = CODE, channel: str = "") -> None:
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    (folder / name / "one.py").write_text(code.format(id=channel or name))
    (folder / name / "manifest.toml").write_text(MANIFEST.format(id=channel or name, name=name))


def test_channels_are_found_in_folders_without_importing_them(tmp_path: Path) -> None:
    add(tmp_path, "channel_alpha", code="raise RuntimeError('imported')")
    add(tmp_path, "channel_beta")
    add(tmp_path, "channel_gamma", channel="channel_beta")
    (tmp_path / "channel_delta").mkdir()
    (tmp_path / "channel_delta" / "manifest.toml").write_text("title = 1")
    found = discover(with_entry_points=False, further=[tmp_path])

    assert list(found.channels) == ["channel_alpha", "channel_beta"]
    assert found.channel("channel_beta").source.origin.kind == "FOLDER"
    assert [Path(each.where).parent.name for each in found.problems] == [
        "channel_delta",
        "channel_gamma",
    ]
    assert 'channel."channel_beta": the id is taken by' in found.problems[1].reason
    assert "mirage_modules.channel_beta" not in sys.modules
    assert load_channel(found.channel("channel_beta")).id == "channel_beta"
    with pytest.raises(BrokenChannel, match="cannot be imported: RuntimeError"):
        load_channel(found.channel("channel_alpha"))
    with pytest.raises(NotFound, match="no channel module 'channel_gamma'"):
        found.channel("channel_gamma")


def test_a_package_beside_is_mirages_own(tmp_path: Path) -> None:
    add(tmp_path, "channel_own")
    found = discover(with_entry_points=False, beside={"somewhere": tmp_path})

    assert found.channel("channel_own").source.origin.kind == "BUILT_IN"
    assert found.channel("channel_own").source.package == "somewhere.channel_own"


@pytest.mark.parametrize(
    "message",
    [
        HttpRequest("https://a.example/", "POST", (("a", "b"),), b"\x00\xff"),
        TcpRequest("a.example", 514, b"<14>1 - - - - - -"),
        MailRequest("ada@people.example", "subject", "text"),
    ],
)
def test_a_message_is_the_same_once_it_was_written(message: Message) -> None:
    assert read_message(write_message(message)) == message


@pytest.mark.parametrize(
    "raw",
    [{}, {"mail": {"to": "a"}}, {"mail": {}, "http": {}}, {"pigeon": {}}, {"http": {"no": 1}}],
)
def test_what_is_no_message_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(InvalidFact):
        read_message(raw)


def test_an_error_on_the_way_says_whether_it_may_pass() -> None:
    busy = verdict_of(Busy("busy", 30.0))

    assert (busy.outcome, busy.after_s) == (Outcome.LATER, 30.0)
    assert verdict_of(SourceUnavailable("away")).outcome is Outcome.LATER
    assert verdict_of(NotPermitted("never")).outcome is Outcome.REFUSED


class Lines(Channel):
    id = "lines"

    def compose(self, notice: Any, now: Any) -> Message:  # noqa: ARG002
        return TcpRequest("a.example", 514)


def test_a_connection_that_takes_it_is_enough_and_a_closed_port_is_not() -> None:
    request = TcpRequest("a.example", 514)
    lines = Lines()
    lines.check()

    assert lines.read(TcpResponse(request, is_open=True)).outcome is Outcome.DELIVERED
    assert lines.read(TcpResponse(request, is_open=False)).outcome is Outcome.LATER
    assert lines.read(DnsResponse(DnsRequest("a", "A"), "NOERROR")).outcome is Outcome.LATER


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "JSONDecodeError"),
        ('{"a": 1}', "is not a key"),
        ('{"channel": "a"}', "outcome"),
        ('{"channel": "a", "outcome": "x"}', "ValueError"),
    ],
)
def test_a_fixture_that_cannot_be_read_says_where(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.json").write_text(text)

    with pytest.raises(InvalidFact, match=said) as refusal:
        read_fixture(tmp_path / "a.json")
    assert "a.json" in str(refusal.value)


def test_a_fixture_changes_what_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '{"channel": "a", "outcome": "LATER", "notice": {"tlp": "RED"}}'
    )
    found = read_fixture(tmp_path / "a.json")

    assert found.notice == SAMPLE.model_copy(update={"tlp": "RED"})
