"""Each page that is written from the code says what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.main import get_command

from server.cli import app
from server.commands import reference
from server.commands.reference import commands_page, pages, renew
from server.embedded.role import role_names

CHECKOUT = Path(__file__).parents[2]
COMMAND = get_command(app)


@pytest.mark.parametrize("name", sorted(pages(COMMAND)))
def test_the_page_is_current(name: str) -> None:
    text = (CHECKOUT / name).read_text("utf-8")

    assert pages(COMMAND)[name](text) == text, "run: ./mirage docs"


def test_every_command_is_described_and_every_option_explained() -> None:
    page = commands_page(COMMAND)
    commands = {
        command.name or name
        for command, name in (
            (c, c.callback.__name__) for c in app.registered_commands if c.callback
        )
    }

    assert commands >= set(role_names())
    for name in commands:
        section = page.partition(f"\n## `mirage {name}`\n\n")[2].partition("\n## ")[0]
        assert section.split("\n")[0].endswith("."), name
        listed = [line for line in section.splitlines() if line.startswith("* `")]
        assert [line for line in listed if ": " not in line] == [], name


def test_a_page_that_has_become_stale_is_renewed_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "CHECKOUT", tmp_path)
    name = "docs/reference/commands.md"
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("old", "utf-8")

    assert renew(COMMAND, [name]) == [name]
    assert (tmp_path / name).read_text("utf-8") == commands_page(COMMAND)
    assert renew(COMMAND, [name]) == []
