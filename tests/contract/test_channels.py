"""Every channel's folder, held to its manifest: declared, described, recorded and replayable."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from collectors._kit.channel import MailRequest, Outcome, protocol_of_message, write_message
from collectors._kit.channel_testing import Fixture, read_fixture, replayed
from collectors._kit.egress import Asker, refuse_out_of_scope
from collectors._kit.registry import ListedChannel, discover, load_channel
from server.modules.catalog import CHANNELS
from server.notify.sending import refuse_undeclared

REGISTRY = discover(with_entry_points=False, beside=CHANNELS)
CHECKOUT = Path(__file__).parents[2]
(FOLDER,) = CHANNELS.values()
FIXTURES = [
    (one, read_fixture(path))
    for one in REGISTRY.channels.values()
    for path in sorted(one.source.folder.glob(f"fixtures/{one.manifest.id}.*.json"))
]


def case_id(value: object) -> str:
    if isinstance(value, ListedChannel):
        return value.manifest.id
    return value.path.stem if isinstance(value, Fixture) else str(value)


def test_every_folder_is_a_source_with_a_manifest() -> None:
    folders = {p.name for p in FOLDER.iterdir() if p.is_dir() and not p.name.startswith(("_", "."))}

    assert REGISTRY.problems == ()
    assert folders == {one.source.folder.name for one in REGISTRY.channels.values()}


def test_listing_imports_no_channel() -> None:
    code = (
        "import sys; from server.modules.catalog import registry; found = registry();"
        "loaded = [n for n in sys.modules if n.startswith('server.notify')];"
        "assert found.channels; assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=CHECKOUT, timeout=60)


@pytest.mark.parametrize("listed", REGISTRY.channels.values(), ids=case_id)
def test_the_class_is_there_and_short(listed: ListedChannel) -> None:
    found = load_channel(listed)

    assert found.id == listed.manifest.id
    lines = Path(sys.modules[found.__module__].__file__ or "").read_text().count("\n")
    assert lines <= 150, f"{found.__module__} has {lines} lines"


@pytest.mark.parametrize("listed", REGISTRY.channels.values(), ids=case_id)
def test_what_arrives_and_what_fails_is_recorded(listed: ListedChannel) -> None:
    seen = {each.outcome for one, each in FIXTURES if one is listed}

    assert Outcome.DELIVERED in seen
    # What becomes of mails is their server's to say, and the same for all channels.
    assert listed.manifest.sends == "mail" or {Outcome.LATER, Outcome.REFUSED} & seen


@pytest.mark.parametrize(("listed", "fixture"), FIXTURES, ids=case_id)
async def test_a_replay_keeps_to_the_manifest_and_says_the_same_twice(
    listed: ListedChannel, fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a channel opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "sendto", refuse)
    first = replayed(load_channel(listed), fixture)
    again = replayed(load_channel(listed), fixture)

    assert first == again
    assert first.message == fixture.sends, write_message(first.message)
    assert first.verdict.outcome is fixture.outcome
    assert protocol_of_message(first.message) == listed.manifest.sends
    manifest = listed.manifest.reaching(listed.manifest.read_options(fixture.options))
    refuse_undeclared(first.message, manifest)
    if not isinstance(first.message, MailRequest):
        await refuse_out_of_scope(first.message, Asker(manifest))
