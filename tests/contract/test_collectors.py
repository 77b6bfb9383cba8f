"""Every source's folder, held to its manifest: declared, described, recorded and replayable."""

from __future__ import annotations

import io
import re
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from collectors._kit.formats import format_of
from collectors._kit.importing import ImportedRow, Importer, Row, rows_of
from collectors._kit.manifest import ANY_KIND, CollectorManifest
from collectors._kit.registry import OWN_FOLDER, Listed, discover, load_class
from collectors._kit.testing import Fixture, described, fixtures_of, replay_fixture
from collectors._kit.unpacking import FileRefused
from graph.facts import Outcome
from graph.model.base import Entity
from graph.model.registry import kinds, relationship_types

REGISTRY = discover(with_entry_points=False)
COLLECTORS = [one for one in REGISTRY.collectors.values() if one.manifest.kind == "collector"]
IMPORTERS = [one for one in REGISTRY.collectors.values() if one.manifest.kind == "importer"]
FIXTURES = [
    (one, fixture)
    for one in COLLECTORS
    for fixture in fixtures_of(one.source.folder, one.manifest.id)
]

SECRET = re.compile(
    rb"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abpr]-|-----BEGIN [A-Z ]*PRIVATE KEY|"
    # Such a header may be recorded without its value.
    rb"(?i:\"(?:authorization|x-api-key|cookie)\"\s*[,:]\s*\"(?!(?:bearer |basic |token )?\"))"
)
RESERVED = re.compile(r"(^|\.)(example|test|invalid|localhost|arpa)$|(^|\.)example\.(com|net|org)$")


def case_id(value: object) -> str:
    if isinstance(value, Listed):
        return value.manifest.id
    return value.name if isinstance(value, Fixture) else str(value)


def test_no_source_is_broken() -> None:
    assert REGISTRY.problems == ()


def test_every_folder_is_a_source_with_a_manifest() -> None:
    folders = {
        p.name for p in OWN_FOLDER.iterdir() if p.is_dir() and not p.name.startswith(("_", "."))
    }
    assert folders == set(REGISTRY.sources)


def test_listing_imports_no_collector() -> None:
    code = (
        "import sys; from collectors._kit.registry import discover; found = discover();"
        "loaded = [n for n in sys.modules if n.startswith('collectors.') "
        "and not n.startswith('collectors._kit')];"
        "assert found.collectors; assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=OWN_FOLDER.parent, timeout=60)


@pytest.mark.parametrize("listed", REGISTRY.collectors.values(), ids=case_id)
def test_the_manifest_names_what_exists(listed: Listed) -> None:
    manifest = listed.manifest
    assert set(manifest.consumes) <= set(kinds())
    assert set(manifest.produces) <= {*kinds(), *relationship_types(), ANY_KIND}
    roles = {role for kind in manifest.consumes for role in kinds()[kind].possible_roles}
    assert set(manifest.needs) <= roles
    if manifest.fallback_for:
        first = REGISTRY.get(manifest.fallback_for).manifest
        assert not first.fallback_for, "it would never be its turn"
        assert set(first.consumes) & set(manifest.consumes)


@pytest.mark.parametrize("listed", COLLECTORS, ids=case_id)
def test_the_class_is_there_and_short(listed: Listed) -> None:
    found = load_class(listed)
    assert found.id == listed.manifest.id
    lines = Path(sys.modules[found.__module__].__file__ or "").read_text().count("\n")
    assert lines <= 150, f"{found.__module__} has {lines} lines"


@pytest.mark.parametrize("listed", COLLECTORS, ids=case_id)
def test_an_ok_an_empty_and_a_failing_conversation_are_recorded(listed: Listed) -> None:
    seen: set[Outcome] = set()
    for fixture in fixtures_of(listed.source.folder, listed.manifest.id):
        seen |= {a.outcome for a in replay_fixture(load_class(listed), listed.manifest, fixture)}
    assert {Outcome.FOUND, Outcome.ABSENT, Outcome.ERROR} <= seen


@pytest.mark.parametrize(("listed", "fixture"), FIXTURES, ids=case_id)
def test_a_replay_keeps_to_the_manifest_and_says_the_same_twice(
    listed: Listed, fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a collector opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "sendto", refuse)
    manifest: CollectorManifest = listed.manifest
    assert manifest.accepts(fixture.target)
    first = replay_fixture(load_class(listed), manifest, fixture)
    again = replay_fixture(load_class(listed), manifest, fixture)
    assert first == again
    assert [described([a]) for a in first] == [described([a]) for a in again]
    assert not [a.reason for a in first if "defect" in a.reason or "does not produce" in a.reason]
    assert all(manifest.has_part(answer.part) for answer in first)


@pytest.mark.parametrize(("listed", "fixture"), FIXTURES, ids=case_id)
def test_a_fixture_is_ours_and_holds_no_secret(listed: Listed, fixture: Fixture) -> None:
    assert not SECRET.search(fixture.path.read_bytes())
    host = getattr(fixture.target, "name", None) or getattr(fixture.target, "host", None)
    assert host is None or not re.search("[a-z]", host) or ":" in host or RESERVED.search(host)
    assert fixture.path.parent == listed.source.folder / "fixtures"


@pytest.mark.parametrize(
    ("recorded", "is_secret"),
    [
        (b'["authorization", "Bearer "]', False),
        (b'["authorization",\n  ""]', False),
        (b'["authorization", "Bearer abc"]', True),
        (b'["Authorization", "abc"]', True),
        (b'{"X-Api-Key": "abc"}', True),
        (b'["cookie", "sid=1"]', True),
    ],
)
def test_a_header_with_its_value_is_a_secret(recorded: bytes, is_secret: bool) -> None:
    assert bool(SECRET.search(recorded)) == is_secret


def test_each_fixture_belongs_to_a_collector() -> None:
    for source in REGISTRY.sources.values():
        ids = {one.id for one in source.manifest.collectors if one.kind == "collector"}
        if ids:
            assert {fixture.collector for fixture in fixtures_of(source.folder)} <= ids


def rows_in(listed: Listed, ending: str) -> list[list[Row]]:
    """The rows of each of an importer's fixtures that are called so. Raises FileRefused."""
    importer = REGISTRY.make(listed.manifest.id)
    assert isinstance(importer, Importer)
    found = sorted((listed.source.folder / "fixtures").glob(f"{ending}*"))
    assert found, f"{listed.manifest.id} has no fixtures/{ending}…"
    return [list(rows_of(importer, io.BytesIO(path.read_bytes()))) for path in found]


@pytest.mark.parametrize("listed", IMPORTERS, ids=case_id)
def test_an_importer_states_what_it_declares_and_the_same_twice(listed: Listed) -> None:
    found = rows_in(listed, "ok")
    facts = [
        fact for rows in found for row in rows if isinstance(row, ImportedRow) for fact in row.facts
    ]
    stated = {one.label if isinstance(one, Entity) else type(one).type for one in facts}
    produces = listed.manifest.produces

    assert stated
    assert ANY_KIND in produces or stated <= set(produces)
    assert rows_in(listed, "ok") == found


@pytest.mark.parametrize("listed", IMPORTERS, ids=case_id)
def test_an_empty_file_has_no_facts_and_a_damaged_one_is_refused(listed: Listed) -> None:
    with suppress(FileRefused):  # a table without rows does not tell what its columns hold
        for rows in rows_in(listed, "empty"):
            assert not any(isinstance(row, ImportedRow) for row in rows)
    with pytest.raises(FileRefused):
        rows_in(listed, "failing")


@pytest.mark.parametrize("listed", IMPORTERS, ids=case_id)
def test_an_importer_knows_its_own_files(listed: Listed) -> None:
    for path in (listed.source.folder / "fixtures").glob("ok*"):
        assert format_of(io.BytesIO(path.read_bytes()), path.name, REGISTRY) == listed.manifest.id
        assert not SECRET.search(path.read_bytes())
