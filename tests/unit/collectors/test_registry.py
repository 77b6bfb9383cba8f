import sys
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path

import pytest

from collectors._kit import registry
from collectors._kit.formats import importers
from collectors._kit.reference import reference_page
from collectors._kit.registry import BrokenCollector, Origin, discover
from graph.errors import NotFound

MANIFEST = """
title = "Source {name}"
owner = "Mirage"
docs = "https://source.example/"
terms = "Made for a test."
[collector."{name}.one"]
title = "The only one"
summary = "Looks at names and says nothing."
consumes = ["DomainName"]
produces = ["DomainName"]
class = "P1"
reliability = 0.5
version = 1
"""
CODE = """
from collectors._kit.base import Collector
class One(Collector):
    id = "{name}.one"
    def plan(self, target): return iter(())
    def parse(self, response, target): return iter(())
"""

IMPORTER = """
from collectors._kit.importing import Importer
class One(Importer):
    id = "{name}.one"
    @classmethod
    def detect(cls, head, name): return 1.0
    def read(self, stream): return iter(())
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An importable, empty package of sources, called by a name that no other test uses."""
    name = f"sources_{tmp_path.name}"
    (tmp_path / name).mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    return name


def add(
    tmp_path: Path, package: str, name: str, code: str = CODE, manifest: str = MANIFEST
) -> None:
    folder = tmp_path / package / name
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "one.py").write_text(code.format(name=name))
    (folder / "manifest.toml").write_text(manifest.format(name=name))


def test_folders_are_listed_without_importing_them(tmp_path: Path, package: str) -> None:
    add(tmp_path, package, "beta", code="raise RuntimeError('imported')")
    add(tmp_path, package, "alpha")
    (tmp_path / package / "_kit").mkdir()
    found = discover(tmp_path / package, package, with_entry_points=False)
    assert list(found.collectors) == ["alpha.one", "beta.one"]
    assert found.problems == ()
    assert f"{package}.beta" not in sys.modules


def test_a_class_is_loaded_on_demand(tmp_path: Path, package: str) -> None:
    add(tmp_path, package, "alpha")
    found = discover(tmp_path / package, package, with_entry_points=False)
    assert found.load("alpha.one").id == "alpha.one"
    assert found.make("alpha.one").options == {}


def test_a_broken_manifest_is_a_problem_and_the_rest_stands(tmp_path: Path, package: str) -> None:
    add(tmp_path, package, "alpha")
    add(tmp_path, package, "beta", manifest="title = 1")
    found = discover(tmp_path / package, package, with_entry_points=False)
    assert list(found.collectors) == ["alpha.one"]
    assert [p.where for p in found.problems] == [str(tmp_path / package / "beta/manifest.toml")]
    assert "title: " in found.problems[0].reason


def test_two_sources_cannot_have_one_collector_id(tmp_path: Path, package: str) -> None:
    add(tmp_path, package, "alpha")
    add(tmp_path, package, "beta", manifest=MANIFEST.replace("{name}.one", "alpha.one"))
    found = discover(tmp_path / package, package, with_entry_points=False)
    assert list(found.sources) == ["alpha"]
    assert "the id is taken by" in found.problems[0].reason


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise RuntimeError('no licence')", "alpha.one cannot be imported: RuntimeError"),
        ("x = 1", 'has no Collector with id = "alpha.one"'),
    ],
)
def test_broken_code_is_told_when_it_is_loaded(
    tmp_path: Path, package: str, code: str, message: str
) -> None:
    add(tmp_path, package, "alpha", code=code)
    found = discover(tmp_path / package, package, with_entry_points=False)
    with pytest.raises(BrokenCollector, match=message.replace(".", r"\.")):
        found.load("alpha.one")


def test_what_a_collector_raises_when_made_is_told_without_its_secrets(
    tmp_path: Path, package: str
) -> None:
    refuses = "    def __init__(self, options, secrets):\n        raise RuntimeError(f'refused: {{secrets}}')\n"
    add(tmp_path, package, "alpha", code=CODE + refuses)
    found = discover(tmp_path / package, package, with_entry_points=False)
    with pytest.raises(RuntimeError, match=r"^refused: {}$"):
        found.make("alpha.one")
    with pytest.raises(BrokenCollector, match=r"^alpha\.one: cannot be made: .*refused") as told:
        found.make("alpha.one", secrets={"api_key": "s3cr3t-of-alpha"})
    assert "s3cr3t-of-alpha" not in str(told.value)
    assert told.value.__suppress_context__


def test_importers_are_those_that_can_be_loaded_and_read_files(
    tmp_path: Path, package: str
) -> None:
    reads_files = MANIFEST.replace("consumes = [", 'kind = "importer"\nconsumes = [')
    for name, code in (("alpha", IMPORTER), ("beta", "raise RuntimeError"), ("gamma", CODE)):
        add(tmp_path, package, name, code, reads_files)
    add(tmp_path, package, "delta", IMPORTER)
    found = discover(tmp_path / package, package, with_entry_points=False)
    assert found.problems == ()
    assert list(importers(found)) == ["alpha.one"]


def test_the_reference_page_says_what_a_source_needs(tmp_path: Path, package: str) -> None:
    add(tmp_path, package, "alpha", manifest=MANIFEST + 'secrets = ["api_key", "account"]\n')
    page = reference_page(discover(tmp_path / package, package, with_entry_points=False))
    assert (
        page.partition("| --- | --- | --- |\n")[2]
        == """\
| [`alpha.one`](#alphaone) | P1 | The only one |

## Source alpha

Made for a test. Described at <https://source.example/>.

### alpha.one

**The only one.** Looks at names and says nothing.

- collector, class P1, experimental, version 1; reliability 0.5
- Looks at: `DomainName`
- States: `DomainName`
- Keys: `api_key`, `account`
"""
    )


def test_two_folders_cannot_be_one_source(
    tmp_path: Path, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path, package, "alpha")
    entry = EntryPoint("alpha", f"{package}.alpha", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])  # noqa: ARG005
    found = discover(tmp_path / package, package)
    assert "there is already a source 'alpha'" in found.problems[0].reason


def test_an_installed_project_is_found_by_its_files(
    tmp_path: Path, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path, package, "alpha")
    info = tmp_path / "other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{registry.ENTRY_POINT_GROUP}]\nalpha = {package}.alpha\nbeta = no_such_project.beta\n"
    )
    only = list(Distribution.discover(path=[str(tmp_path)]))
    entries = [entry for one in only for entry in one.entry_points]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)  # noqa: ARG005
    empty = tmp_path / "empty"
    empty.mkdir()
    found = discover(empty, "empty")
    assert list(found.collectors) == ["alpha.one"]
    assert found.sources["alpha"].origin == Origin("ENTRY_POINT", "other", "1.0")
    assert [problem.where for problem in found.problems] == [
        "entry point beta = no_such_project.beta"
    ]
    assert package not in sys.modules


def test_an_unknown_collector_is_not_found(tmp_path: Path, package: str) -> None:
    with pytest.raises(NotFound, match=r"there is no collector 'x\.y'"):
        discover(tmp_path / package, package, with_entry_points=False).load("x.y")


def test_other_projects_name_their_folders_as_entry_points(
    tmp_path: Path, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path, package, "alpha")
    (tmp_path / package / "bare").mkdir()
    (tmp_path / package / "bare" / "__init__.py").touch()
    entries = [
        EntryPoint(name, f"{package}.{name}", registry.ENTRY_POINT_GROUP)
        for name in ("alpha", "bare", "gone")
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)  # noqa: ARG005
    empty = tmp_path / "empty"
    empty.mkdir()
    found = discover(empty, "empty")
    assert found.load("alpha.one").id == "alpha.one"
    assert found.sources["alpha"].origin == Origin("ENTRY_POINT"), "no distribution is known"
    assert [(p.where, p.reason) for p in found.problems] == [
        (
            f"entry point {name} = {package}.{name}",
            f"entry point {name} = {package}.{name}: names no folder with a manifest.toml",
        )
        for name in ("bare", "gone")
    ]


def test_plain_folders_hold_further_sources(tmp_path: Path, package: str) -> None:
    one, other, nothing = (tmp_path / name for name in ("one", "other", "nothing"))
    add(one, package, "alpha")
    add(other, package, "beta", code=f"from .words import SAID\n{CODE}")
    (other / package / "beta" / "words.py").write_text("SAID = 'relative'\n")
    further = [one / package, other / package, nothing]
    found = discover(tmp_path / "own", "own", with_entry_points=False, further=further)
    assert list(found.collectors) == ["alpha.one", "beta.one"]
    assert {each.source.origin.kind for each in found.collectors.values()} == {"FOLDER"}
    assert found.load("beta.one").id == "beta.one"
    (problem,) = found.problems
    assert problem.where == str(nothing)
    assert f"{nothing}: names no folder with a manifest.toml" in problem.reason


def test_a_further_source_does_not_take_the_place_of_another(tmp_path: Path, package: str) -> None:
    add(tmp_path / "own", package, "alpha")
    add(tmp_path / "theirs", package, "alpha")
    own, theirs = (tmp_path / name / package for name in ("own", "theirs"))
    found = discover(own, package, with_entry_points=False, further=[theirs])
    assert found.get("alpha.one").source.folder == own / "alpha"
    (problem,) = found.problems
    assert "there is already a source 'alpha'" in problem.reason
