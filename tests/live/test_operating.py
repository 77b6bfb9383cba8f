"""`mirage org`, `user`, `key` and `owner-key` on a real database, as an operator runs them."""

from __future__ import annotations

import asyncio
import json
import stat
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from graph.errors import MirageError
from graph.migrate import migrate
from graph.queries.account import GET_KEY, KeyParams
from graph.store import Store
from server.accounts.tokens import hash_of as token_hash
from server.auth.keys import hash_of
from server.cli import app
from tests.support.keys import AS_TEXT
from tests.support.stack import Neo4jAddress

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def _prepared(neo4j_server: Neo4jAddress) -> None:
    async def prepare() -> None:
        async with _opened(neo4j_server) as store:
            await store.wait_ready()
            await migrate(store)

    asyncio.run(prepare())


def _opened(address: Neo4jAddress) -> Any:
    return Store.open(address.uri, address.user, address.password)


@pytest.fixture
def run(
    _prepared: None, neo4j_server: Neo4jAddress, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Run:
    """Runs a command; gives what it prints as JSON, or raises its error."""
    monkeypatch.setenv("MIRAGE_NEO4J_URI", neo4j_server.uri)
    monkeypatch.setenv("MIRAGE_NEO4J_USER", neo4j_server.user)
    monkeypatch.setenv("MIRAGE_NEO4J_PASSWORD", neo4j_server.password)
    monkeypatch.setenv("MIRAGE_MASTER_KEYS", AS_TEXT)
    monkeypatch.setenv("MIRAGE_PUBLIC_URL", "https://mirage.example")
    monkeypatch.setenv("MIRAGE_HOME", str(tmp_path / "home"))

    def once(*arguments: str, as_json: bool = True) -> Any:
        told = CliRunner().invoke(app, [*arguments, *(["--json"] if as_json else [])])
        if told.exception is not None and not isinstance(told.exception, SystemExit):
            raise told.exception
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout) if as_json else told.stdout

    return once


@pytest.fixture
def name() -> str:
    """What nothing else is called."""
    return uuid.uuid4().hex[:12]


def query(address: Neo4jAddress, text: str, **parameters: Any) -> list[dict[str, Any]]:
    async def ask() -> list[dict[str, Any]]:
        async with _opened(address) as store:
            rows: list[dict[str, Any]] = await store.execute(text, parameters)
            return rows

    return asyncio.run(ask())


def admitted(address: Neo4jAddress, key: str) -> bool:
    async def ask() -> bool:
        async with _opened(address) as store:
            params = KeyParams(hash=hash_of(key), now=datetime.now(UTC))
            return await store.fetch_one(GET_KEY.bind(params)) is not None

    return asyncio.run(ask())


def test_an_organization_from_its_first_day_to_its_last(
    run: Run, name: str, neo4j_server: Neo4jAddress, tmp_path: Path
) -> None:
    email = f"{name}@users.example"
    made = run("org", "add", name, "--owner", email.upper())
    assert (made["name"], made["owner"], made["members"]) == (name, email, 1)
    assert made["password_link"].startswith("https://mirage.example/password#")
    org = made["id"]

    assert run("org", "rename", name, f"{name} Ltd")["name"] == f"{name} Ltd"
    assert run("org", "suspend", org)["suspended_at"]
    assert run("org", "restore", f"{name} Ltd")["suspended_at"] is None
    again = run("org", "add", f"{name} two", "--owner", email)
    assert "password_link" not in again

    handed = tmp_path / "out.ndjson"
    run("org", "export", org, "--output", str(handed), as_json=False)
    types = [json.loads(line)["type"] for line in handed.read_text("utf-8").splitlines()]
    assert types == ["organization", "member", "end"]
    assert stat.S_IMODE(handed.stat().st_mode) == 0o600
    assert run("org", "export", org, as_json=False).startswith('{"type":"organization"')

    deleted = run("org", "delete", org, "--yes")
    assert deleted["deleted_at"] < deleted["purged_after"]
    with pytest.raises(MirageError, match="grace"):
        run("org", "purge", org)
    query(
        neo4j_server,
        "MATCH (o:Organization {id: $org}) SET o.deleted_at = datetime() - duration('P31D')",
        org=org,
    )
    assert run("org", "purge", org) == {"removed": [{"id": org}]}
    listed = {each["id"]: each for each in run("org", "list")["organizations"]}
    assert org not in listed
    assert listed[again["id"]]["owner"] == email
    shown = run("org", "list", as_json=False)
    assert any(again["id"] in line and email in line for line in shown.splitlines())


def test_whoever_does_not_mean_it_deletes_nothing(run: Run, name: str) -> None:
    org = run("org", "add", name, "--owner", f"{name}@users.example")["id"]
    told = CliRunner().invoke(app, ["org", "delete", org], input="n\n")
    assert told.exit_code == 1
    assert run("org", "restore", org)["deleted_at"] is None


def test_a_user(run: Run, name: str, neo4j_server: Neo4jAddress) -> None:
    email = f"{name}@users.example"
    made = run("user", "add", email, "--name", "Somebody", "--platform-admin")
    assert (made["name"], made["is_platform_admin"], made["is_new"]) == ("Somebody", True, True)
    assert not run("user", "add", email, "--name", "Another")["is_new"]
    assert run("user", "suspend", email)["suspended_at"]
    assert run("user", "restore", email)["suspended_at"] is None

    first = run("user", "passwd", email)["password_link"].partition("#")[2]
    second = run("user", "passwd", email)["password_link"].partition("#")[2]
    stored = query(
        neo4j_server,
        "MATCH (:User {email: $email})-[:MAY_RESET]->(r:PasswordReset) "
        "RETURN r.hash AS hash, r.expires_at AS at",
        email=email,
    )
    assert [row["hash"] for row in stored] == [token_hash(second)]
    assert first != second
    left = stored[0]["at"].to_native() - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24)

    listed = {each["email"]: each for each in run("user", "list")["users"]}
    assert listed[email]["organizations"] == []
    with pytest.raises(MirageError, match="there is no user"):
        run("user", "suspend", f"no-{email}")


def test_a_key(run: Run, name: str, neo4j_server: Neo4jAddress) -> None:
    email = f"{name}@users.example"
    org = run("org", "add", name, "--owner", email)["id"]
    made = run(
        "key", "add", "--user", email, "--name", "feed", "--scope", "IMPORT_FILES", "--scope",
        "READ_ACCOUNT", "--clearance", "GREEN", "--days", "30",
    )  # fmt: skip
    assert (made["organization"], made["scopes"], made["clearance"]) == (
        org, ["IMPORT_FILES", "READ_ACCOUNT"], "GREEN",
    )  # fmt: skip
    assert admitted(neo4j_server, made["key"])

    turned = run("key", "rotate", made["prefix"], "--overlap-hours", "1")
    assert admitted(neo4j_server, made["key"])
    assert admitted(neo4j_server, turned["key"])
    assert turned["scopes"] == made["scopes"]

    assert run("key", "revoke", turned["key"])["revoked_at"]
    assert not admitted(neo4j_server, turned["key"])
    listed = run("key", "list", "--org", name, "--user", email)["keys"]
    assert {each["id"] for each in listed} == {made["id"], turned["id"]}
    assert made["key"] not in json.dumps(listed)
    everywhere = run("key", "list", "--user", email)["keys"]
    assert everywhere == listed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["key", "add", "--user", "EMAIL", "--name", "x", "--scope", "NONE"], "--scope: NONE"),
        (["key", "add", "--user", "EMAIL", "--name", "x", "--clearance", "x"], "clearance: one of"),
        (
            ["key", "add", "--user", "EMAIL", "--name", "x", "--org", "none"],
            "there is no organization",
        ),
        (["key", "revoke", "mk_00000000_x"], "there is no key 00000000"),
        (["org", "suspend", "none"], "there is no organization"),
        (["org", "add", "x", "--owner", "x"], "is not an email address"),
        (["user", "add", "x@localhost"], "is not an email address"),
    ],
)
def test_what_cannot_be(run: Run, name: str, arguments: list[str], message: str) -> None:
    email = f"{name}@users.example"
    run("org", "add", name, "--owner", email)
    given = [email if each == "EMAIL" else each for each in arguments]
    with pytest.raises(MirageError, match=message):
        run(*given)


def test_a_user_of_two_organizations_says_which(run: Run, name: str) -> None:
    email = f"{name}@users.example"
    for each in (name, f"{name} two"):
        run("org", "add", each, "--owner", email)
    with pytest.raises(MirageError, match="--org"):
        run("key", "add", "--user", email, "--name", "x")
    assert run("key", "add", "--user", email, "--name", "x", "--org", name)["key"]


def test_a_name_that_two_have_stands_for_neither(run: Run, name: str) -> None:
    for _ in range(2):
        run("org", "add", name, "--owner", f"{name}@users.example")
    with pytest.raises(MirageError, match="several organizations"):
        run("org", "suspend", name)


def test_a_further_key_of_the_owner(run: Run, neo4j_server: Neo4jAddress) -> None:
    key = run("owner-key", as_json=False).strip()
    assert admitted(neo4j_server, key)
