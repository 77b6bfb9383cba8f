"""The page on adding a collector does what it says: its folder is a source and its test passes."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from collectors._kit.registry import Registry, discover
from collectors._kit.testing import fixtures_of, replay_fixture
from graph.facts import Outcome

PAGE = (Path(__file__).parents[3] / "docs/howto/add-a-collector.md").read_text("utf-8")
FILE = re.compile(
    r"^`collectors/(?P<path>[\w/.]+)`:\n```\w+\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL
)
PACKAGE = "howto_collectors"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The folder that the page makes, found like any other source."""
    sources = tmp_path / PACKAGE
    for block in FILE.finditer(PAGE):
        path = sources / block["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"].replace("collectors.heron", f"{PACKAGE}.heron"), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return discover(sources, PACKAGE, with_entry_points=False)


def test_the_source_of_the_page_is_whole(registry: Registry) -> None:
    assert registry.problems == ()
    listed = registry.get("heron.names")
    outcomes = {
        answer.outcome
        for fixture in fixtures_of(listed.source.folder)
        for answer in replay_fixture(registry.load("heron.names"), listed.manifest, fixture)
    }
    assert outcomes == {Outcome.FOUND, Outcome.ABSENT, Outcome.ERROR}
    assert registry.make("heron.names").options == {"limit": 100}


def test_the_test_of_the_page_passes(registry: Registry) -> None:
    assert "heron" in registry.sources
    module = importlib.import_module(f"{PACKAGE}.heron.test_names")
    tests = [f for name, f in inspect.getmembers(module, inspect.isfunction) if name[:5] == "test_"]
    assert len(tests) == 3
    for test in tests:
        test()
