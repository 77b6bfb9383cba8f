"""Each fragment in `changes/` has its form, and a release folds them into the changelog."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.support.changes import CHECKOUT, BadFragment, Fragment, folded, main, read_fragment

FRAGMENTS = sorted((CHECKOUT / "changes").iterdir())
DAY = date(2026, 6, 1)
LOG = "# Changelog\n\n## Unreleased\nThe first one.\n\n## 0.0.1 (2026-01-01)\nOld.\n"
CHANGES = [
    Fragment("b", "added", "Herons are seen."),
    Fragment("c", "added", "Storks are, too."),
    Fragment("a", "fixed", "Geese are counted once."),
]


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_a_fragment_says_its_kind_and_a_paragraph(path: Path) -> None:
    assert read_fragment(path).slug == path.stem


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("Herons.md", "added\n\nHerons are seen wherever they stand in water.\n", "small letters"),
        ("herons.txt", "added\n\nHerons are seen wherever they stand in water.\n", "small letters"),
        ("herons.md", "Herons are seen wherever they stand in water.\n", "an empty line and one"),
        ("herons.md", "added\n\nHerons are seen wherever.\n\nStorks, too.\n", "one paragraph"),
        ("herons.md", "new\n\nHerons are seen wherever they stand in water.\n", "added, changed"),
        ("herons.md", "added\n\nHerons are seen.\n", "40 to 2,000 characters"),
        ("herons.md", "added\n\nHerons are seen wherever they stand in water\n", "of sentences"),
    ],
)
def test_what_is_no_fragment_is_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")

    with pytest.raises(BadFragment, match=said):
        read_fragment(tmp_path / name)


def test_a_release_has_its_changes_by_kind_above_former_ones() -> None:
    assert folded(LOG, CHANGES, "0.1.0", DAY) == (
        "# Changelog\n\n## Unreleased\n\n"
        "## 0.1.0 (2026-06-01)\nThe first one.\n\n"
        "### Added\n- Herons are seen.\n- Storks are, too.\n\n"
        "### Fixed\n- Geese are counted once.\n\n"
        "## 0.0.1 (2026-01-01)\nOld.\n"
    )


def test_a_release_after_another_stands_above_it() -> None:
    once = folded(LOG, CHANGES[:1], "0.1.0", DAY)
    twice = folded(once, CHANGES[1:2], "0.2.0", DAY)

    assert twice.index("## 0.2.0") < twice.index("## 0.1.0") < twice.index("## 0.0.1")
    assert twice.count("Herons are seen.") == twice.count("The first one.") == 1


@pytest.mark.parametrize(
    ("log", "version", "said"),
    [
        (LOG, "0.0.1", "already"),
        (LOG, "v1", "no version such as"),
        ("# Changelog\n", "0.1.0", "no single"),
    ],
)
def test_a_release_that_cannot_be_is_refused(log: str, version: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        folded(log, CHANGES, version, DAY)


def test_the_changelog_can_take_a_release_and_the_fragments_are_gone(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text((CHECKOUT / "CHANGELOG.md").read_text("utf-8"), "utf-8")
    (tmp_path / "changes").mkdir()
    told = read_fragment(FRAGMENTS[0])
    (tmp_path / "changes" / FRAGMENTS[0].name).write_bytes(FRAGMENTS[0].read_bytes())

    main("99.0.0", tmp_path)

    assert f"- {told.text}\n" in (tmp_path / "CHANGELOG.md").read_text("utf-8")
    assert list((tmp_path / "changes").iterdir()) == []
