"""`mirage config export|plan|apply` against the API as it is."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import indent

import pytest
import yaml

from tests.api.conftest import Command
from tests.support.own_rules import RULE, TEXT

pytestmark = pytest.mark.timeout(90)

WANTED = """\
# kept in git
mirage: 1
settings:
  scans:
    budget: {minutes: 9}
    exclude: [shop.example, 192.0.2.0/24]
modules:
  dns.records: {enabled: false}
"""
RULES = f"rules:\n  {RULE}:\n    text: |\n{indent(TEXT, '      ')}"


async def test_a_file_is_planned_applied_and_written_again(mirage: Command, tmp_path: Path) -> None:
    file = tmp_path / "mirage.yaml"
    file.write_text(WANTED)
    planned = await mirage("config", "plan", str(file), "--json")
    assert {each["name"]: each["after"] for each in planned["changes"]} == {
        "settings.scans.budget.minutes": 9,
        "settings.scans.exclude": ["shop.example", "192.0.2.0/24"],
        "modules.dns.records.enabled": False,
    }
    told = await mirage("config", "apply", str(file), "--yes", "--reason", "as in git")
    assert "settings.scans.budget.minutes" in told
    assert told.endswith("changed; version 1\n")
    assert await mirage("config", "apply", str(file), "--yes") == "no changes\n"
    written = await mirage("config", "export")
    assert yaml.safe_load(written)["settings"] == yaml.safe_load(WANTED)["settings"]
    again = tmp_path / "again.json"
    again.write_text(json.dumps(yaml.safe_load(written)))
    assert await mirage("config", "plan", str(again)) == "no changes\n"


async def test_texts_of_rules_are_written_line_by_line(mirage: Command, tmp_path: Path) -> None:
    file = tmp_path / "mirage.yaml"
    file.write_text(f"mirage: 1\n{RULES}")
    assert "characters)" in await mirage("config", "apply", str(file), "--yes")
    written = await mirage("config", "export")
    assert indent(TEXT, "      ") in written
    assert yaml.safe_load(written)["rules"][RULE]["text"] == TEXT


async def test_without_a_yes_nothing_is_changed(mirage: Command, tmp_path: Path) -> None:
    file = tmp_path / "mirage.yaml"
    file.write_text(WANTED)
    assert "Aborted" in await mirage("config", "apply", str(file))
    assert yaml.safe_load(await mirage("config", "export"))["settings"] == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"mirage: [1", "mirage.yaml: while parsing a flow sequence"),
        (b"\xff\xfe", "it is no text in UTF-8"),
        (b"mirage: 1\nsettings: {scans: {budget: {minute: 1}}}", "is scans.budget.minutes meant?"),
        (b"", "it is empty"),
        (b"5", "document: an object"),
        (None, "No such file or directory"),
    ],
)
async def test_what_is_wrong_with_a_file_is_told(
    mirage: Command, tmp_path: Path, text: bytes | None, says: str
) -> None:
    file = tmp_path / "mirage.yaml"
    if text is not None:
        file.write_bytes(text)
    assert says in " ".join((await mirage("config", "plan", str(file))).split())
