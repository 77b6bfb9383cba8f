"""Settings: described, documented, with one reader of the environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from server import settings, settings_api
from server.commands.reference import settings_table, with_table

CHECKOUT = Path(__file__).parents[2]
CLASSES = [
    found
    for module in (settings, settings_api)
    for found in vars(module).values()
    if isinstance(found, type)
    and issubclass(found, settings.Settings)
    and found.__module__ == module.__name__
]


@pytest.mark.parametrize("declared", CLASSES, ids=lambda found: found.__name__)
def test_every_setting_is_described_in_a_sentence(declared: type[settings.Settings]) -> None:
    for name, field in declared.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_every_class_is_in_the_table() -> None:
    table = settings_table()
    names = {name for declared in CLASSES for name in declared.model_fields}

    assert {f"MIRAGE_{name.upper()}" for name in names} == set(re.findall(r"`(MIRAGE_\w+)`", table))


def test_the_table_of_the_page_is_current() -> None:
    page = (CHECKOUT / "docs" / "operations.md").read_text()

    assert with_table(page) == page, "run: ./mirage docs"


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        str(file.relative_to(CHECKOUT))
        for folder in ("server", "graph", "collectors")
        for file in (CHECKOUT / folder).rglob("*.py")
        if re.search(r"os\.environ|os\.getenv|getenv\(", file.read_text())
        and not file.name.startswith("test_")
    ]

    assert readers == ["server/settings.py"]


def test_a_role_does_not_start_without_its_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEO4J_URI", "NEO4J_PASSWORD", "REDIS_URL", "EVIDENCE_FOLDER"):
        monkeypatch.delenv(f"MIRAGE_{name}", raising=False)

    with pytest.raises(ValidationError) as refused:
        settings_api.ApiSettings()

    missing = {error["loc"][0] for error in refused.value.errors()}
    assert missing == {"neo4j_uri", "neo4j_password", "redis_url", "evidence_folder"}


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRAGE_NEO4J_URI", "")

    assert settings.StackSettings().neo4j_uri == ""


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRAGE_NEO4J_PASSWORD", "well-hidden")

    read = settings.StackSettings()

    assert read.neo4j_password == SecretStr("well-hidden")
    assert "well-hidden" not in repr(read)


def test_data_lies_in_the_users_data_folder_unless_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MIRAGE_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert settings.StackSettings().home == tmp_path / "data" / "mirage"

    monkeypatch.setenv("MIRAGE_HOME", str(tmp_path / "elsewhere"))
    assert settings.StackSettings().home == tmp_path / "elsewhere"
