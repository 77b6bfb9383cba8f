"""`mirage config`: every setting with where it comes from, and what is wrong with any."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.errors import NotFound
from server.commands.config import check, settings_of, show
from server.commands.reference import settings_table
from server.settings import PREFIX

ROLE = {
    "MIRAGE_NEO4J_URI": "bolt://127.0.0.1:7687",
    "MIRAGE_NEO4J_PASSWORD": "hunter2",
    "MIRAGE_REDIS_URL": "redis://:hunter2@127.0.0.1:6379/0",
    "MIRAGE_EVIDENCE_FOLDER": "/evidence",
    "MIRAGE_API_PORT": "8000",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The settings of this environment, and no others."""
    import os  # noqa: PLC0415 - to be emptied, not to be read

    def give(**settings: str) -> None:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            monkeypatch.delenv(name)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)

    give()
    return give


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_every_setting_is_shown_with_where_it_comes_from() -> None:
    found = settings_of({"MIRAGE_API_HOST": "0.0.0.0", "MIRAGE_SESSION_DAYS": "3"})
    assert all(f"`{each.name}`" in settings_table() for each in found)
    by_name = {each.name: each for each in found}
    host, days = by_name["MIRAGE_API_HOST"], by_name["MIRAGE_SESSION_DAYS"]
    assert (host.value, host.source, host.read_by) == (
        "0.0.0.0",
        "environment",
        ("commands", "api"),
    )
    assert (days.value, days.source, days.read_by) == ("3", "environment", ("api",))
    assert (by_name["MIRAGE_LOG_LEVEL"].value, by_name["MIRAGE_LOG_LEVEL"].source) == (
        "info",
        "default",
    )
    assert by_name["MIRAGE_API_DOCUMENTS_ONLY"].value == "false"
    # Roles have to be given what commands do without.
    uris = {each.read_by: each.source for each in found if each.name == "MIRAGE_NEO4J_URI"}
    assert uris == {("commands",): "default", ("every role",): "mirage up"}


def test_secrets_are_never_shown(given: Any, capsys: pytest.CaptureFixture[str]) -> None:
    given(**ROLE, MIRAGE_API_KEY="hunter2", MIRAGE_SMTP_URL="smtps://u:hunter2@mail.example")
    for as_json in (True, False):
        assert show(as_json=as_json) == 0
        printed = capsys.readouterr().out
        assert "hunter2" not in printed
        assert "set, not shown" in printed
    assert "\nMIRAGE_API_PORT=8000  # environment; commands, api" in printed
    assert "\n# MIRAGE_API_KEY='set, not shown'  # environment; commands" in printed
    assert "# MIRAGE_LOG_LEVEL=info  # default; every process" in printed


def test_without_faults_nothing_is_told(given: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(None, as_json=True) == 0
    assert told(capsys) == []
    given(**ROLE)
    assert check("api", as_json=True) == 0
    assert told(capsys) == []


@pytest.mark.parametrize(
    ("settings", "name", "text"),
    [
        ({"MIRAGE_API_PROT": "8000"}, "MIRAGE_API_PROT", "MIRAGE_API_PORT would be right"),
        ({"MIRAGE_API_PORT": "http"}, "MIRAGE_API_PORT", "a valid integer"),
        ({"MIRAGE_API_RATES": "key=many"}, "MIRAGE_API_RATES", "key=many: one of key, user"),
        ({"MIRAGE_LOG_LEVEL": "loud"}, "MIRAGE_LOG_LEVEL", "'debug', 'info'"),
        ({"MIRAGE_SMTP_CA_FILE": "/nowhere/ca.pem"}, "MIRAGE_SMTP_CA_FILE", "No such file"),
        ({"MIRAGE_MASTER_KEY_FILE": "/"}, "MIRAGE_MASTER_KEY_FILE", "Is a directory"),
    ],
)
def test_what_is_wrong_is_told_once_with_its_name(
    given: Any, capsys: pytest.CaptureFixture[str], settings: dict[str, str], name: str, text: str
) -> None:
    given(**settings)
    assert check(None, as_json=True) == 1
    [fault] = told(capsys)
    assert fault["name"] == name
    assert text in fault["text"]


def test_a_role_by_itself_has_to_be_given_all_it_needs(
    given: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    given(**{name: value for name, value in ROLE.items() if name != "MIRAGE_NEO4J_URI"})
    assert check("courier", as_json=True) == 1
    assert told(capsys) == [{"name": "MIRAGE_NEO4J_URI", "text": "it has to be set"}]
    assert check(None, as_json=False) == 0
    assert "4 settings come from the environment" in capsys.readouterr().out
    with pytest.raises(NotFound, match="there are api, collector"):
        check("cook", as_json=True)


def test_a_secret_that_is_refused_is_not_repeated(
    given: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given(MIRAGE_HOME=str(tmp_path), MIRAGE_OIDC_PROVIDERS="hunter2", MIRAGE_MASTER_KEYS="hunter2")
    check(None, as_json=True)
    assert "hunter2" not in capsys.readouterr().out
