"""Each how-to page, done as it says: its files written and its commands run in a copy of the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.copies import copy_checkout
from tests.support.pages import Command, File, steps
from tests.support.stack import Neo4jAddress
from tests.support.thoroughness import some

FOLDER = Path(__file__).parents[2] / "docs" / "howto"
PAGES = sorted(FOLDER.glob("*.md"))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", some(PAGES, 1), ids=lambda page: page.stem)
def test_what_the_page_says_works(
    page: Path, tmp_path: Path, neo4j_server: Neo4jAddress, redis_url: str
) -> None:
    copy = copy_checkout(tmp_path, neo4j_server, redis_url)
    for step in steps(page.read_text("utf-8")):
        if isinstance(step, File):
            (tmp_path / step.path).write_text(step.text, "utf-8")
        else:
            copy.must(step.line)

    assert copy.must("./mirage docs") == ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_begins_with_a_skeleton_and_ends_with_tests(page: Path) -> None:
    found = list(steps(page.read_text("utf-8")))
    lines = [step.line for step in found if isinstance(step, Command)]

    assert found[0] == Command(lines[0])
    assert lines[0].startswith("./mirage new ")
    assert any(line.startswith(".venv/bin/pytest ") for line in lines)
    assert any(isinstance(step, File) for step in found)


def test_a_command_that_no_test_would_run_is_told() -> None:
    with pytest.raises(ValueError, match="outside of a console block"):
        list(steps("Do\n\n    ./mirage up\n"))


def test_steps_come_in_the_order_of_the_page() -> None:
    page = "a\n```console\n$ one\nits output\n$ two\n```\n`x/y.py`:\n```python\nz = 1\n```\n```text\nno\n```\n"

    assert list(steps(page)) == [Command("one"), Command("two"), File("x/y.py", "z = 1\n")]
