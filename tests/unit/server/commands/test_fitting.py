"""Fitting from the terminal: labelled pairs of a file, a scorer's file that is read again, and what is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import InvalidRule
from graph.identity import pairs
from graph.identity.gathering import to_json
from graph.match import kinds
from graph.match.kinds import in_use, shipped, take, write_scorer
from server.commands.answers import Refusal
from server.commands.fitting import fit_scorer
from tests.unit.graph.match.test_learning import labelled


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """A file of forty labelled pairs of bodies, and one of people."""
    lines = [
        {
            "scorer": "LegalEntity",
            "is_one": pair.is_one,
            "left": json.loads(to_json(pair.left)),
            "right": json.loads(to_json(pair.right)),
        }
        for pair in labelled()
    ]
    file = tmp_path / "labels.jsonl"
    other = {**lines[0], "scorer": "Person"}
    file.write_text("\n".join(map(json.dumps, [*lines, other])), "utf-8")
    return file


@pytest.fixture(autouse=True)
def _as_shipped() -> Iterator[None]:
    yield
    kinds._GIVEN.clear()


def test_a_scorer_is_fitted_and_used_in_place_of_the_shipped_one(
    labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = labels.parent / "weights"
    folder.mkdir()
    assert fit_scorer(labels, "LegalEntity", folder / "LegalEntity.yaml", as_json=False) == 0
    told = capsys.readouterr().out
    assert "40 pairs, 20 of them one" in told
    assert "calibration: mean gap" in told
    assert "# Fitted on 40 labelled pairs." in (folder / "LegalEntity.yaml").read_text("utf-8")

    before = pairs.basis()
    assert take(folder) == ("LegalEntity",)
    assert in_use("LegalEntity").weights != shipped("LegalEntity").weights
    assert in_use("Person") is shipped("Person")
    assert kinds.scorer_of("LegalEntity", "LegalEntity") is in_use("LegalEntity")
    assert pairs.basis() != before, "so that all are compared again"


def test_a_report_for_programs(labels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fit_scorer(labels, "LegalEntity", labels.parent / "x.yaml", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["pairs"], told["ones"], told["best"]["f1"]) == (40, 20, 1.0)


def test_what_cannot_be_fitted_is_told(labels: Path) -> None:
    made = labels.parent / "made.yaml"
    with pytest.raises(Refusal, match="no scorer 'Nobody'"):
        fit_scorer(labels, "Nobody", made, as_json=False)
    with pytest.raises(Refusal, match="of Person there are 1 pairs that are one, 0 that are not"):
        fit_scorer(labels, "Person", made, as_json=False)
    with pytest.raises(Refusal, match=r"none\.jsonl: No such file"):
        fit_scorer(labels.parent / "none.jsonl", "Person", made, as_json=False)
    for wrong in (
        "{",
        '{"scorer": "Person", "is_one": true}',
        '{"scorer": "Person", "left": {"x": 1}}',
    ):
        labels.write_text(f"\n{wrong}\n")
        with pytest.raises(Refusal, match=r"labels.jsonl, line 2: a line is an object"):
            fit_scorer(labels, "Person", made, as_json=False)
    assert not made.exists()


def test_a_folder_of_scorers_has_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidRule, match="is no folder of scorers"):
        take(tmp_path / "none")
    (tmp_path / "Persona.yaml").write_text(write_scorer(shipped("Person")))
    with pytest.raises(InvalidRule, match="no scorer 'Persona'"):
        take(tmp_path)
    (tmp_path / "Persona.yaml").unlink()
    (tmp_path / "Person.yaml").write_text("prior: none")
    with pytest.raises(InvalidRule, match=r"Person.yaml: its form"):
        take(tmp_path)
