"""The how-to's example declares a kind that works."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from graph.facts import Content
from graph.model.base import Entity

PAGE = Path(__file__).parents[4] / "docs/howto/add-a-kind.md"


def module_of_the_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The page's Python as a module of its own, among the known ones, where annotations are looked up."""
    code = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert code is not None
    path = folder / "mailing.py"
    path.write_text(code[1], "utf-8")
    spec = importlib.util.spec_from_file_location("mailing", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "mailing", module)
    spec.loader.exec_module(module)
    return module


def test_the_example_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = module_of_the_page(tmp_path, monkeypatch).MailingList

    found: Entity = kind(domain="Lists.Example.org", name="announce")

    assert found.key == "lists.example.org¦announce"
    assert kind.from_key(found.key) == found
    assert found.caption() == "announce at lists.example.org"
    assert {(r[0][1], r[1], r[2][1]) for r in Content.of([found]).relationships} == {
        ("lists.example.org¦announce", "RUN_AT", "lists.example.org"),
        ("lists.example.org", "SUBDOMAIN_OF", "example.org"),
    }
    own = [p for name, p in kind.properties().items() if name != "aliases"]
    assert all(p.description and p.example for p in own)
