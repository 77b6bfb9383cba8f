"""What an operator does about signing in: the master keys, the next signing key; and mail's settings."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from graph.store import Store
from server.auth.signing import LEAD, ROTATED, SigningKeys
from server.commands import preparing, signing
from server.jobs.worker import Tools
from server.notify.mail import MailRefused
from server.roles.courier import open_courier
from server.settings import CourierSettings, RoleSettings, StackSettings
from server.vault.keys import NoMasterKey, load_keys, new_keys, save_keys
from tests.support.keys import MASTERS
from tests.support.stack import Neo4jAddress

Environment = pytest.MonkeyPatch


@pytest.fixture
def environment(neo4j_server: Neo4jAddress, redis_url: str, tmp_path: Path) -> Any:
    """What a role is started with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRAGE_NEO4J_URI", neo4j_server.uri)
        patch.setenv("MIRAGE_NEO4J_PASSWORD", neo4j_server.password)
        patch.setenv("MIRAGE_REDIS_URL", redis_url)
        patch.setenv("MIRAGE_EVIDENCE_FOLDER", str(tmp_path))
        patch.setenv("MIRAGE_MASTER_KEY_FILE", str(tmp_path / "master.key"))
        yield patch


@pytest.mark.usefixtures("environment")
async def test_a_lost_file_of_master_keys_is_not_replaced(store: Store, tmp_path: Path) -> None:
    await SigningKeys(store, MASTERS, ring=str(uuid.uuid4())).signer()  # something that is sealed
    with pytest.raises(NoMasterKey, match="restore it from its backup"):
        await _in_a_thread(lambda: preparing.prepare(None))
    assert not (tmp_path / "master.key").exists()


@pytest.mark.usefixtures("environment")
async def test_master_keys_that_are_there_stay(tmp_path: Path) -> None:
    keys = new_keys()
    save_keys(tmp_path / "master.key", keys)
    assert await _in_a_thread(lambda: preparing.prepare(None)) == 0
    assert load_keys(tmp_path / "master.key") == keys


async def test_master_keys_are_made_where_nothing_is_sealed(
    environment: Environment, tmp_path: Path
) -> None:
    class Empty:
        async def fetch(self, *_: object, **__: object) -> list[Any]:
            return []

    file = tmp_path / "new" / "master.key"
    environment.setenv("MIRAGE_MASTER_KEY_FILE", str(file))
    await preparing.ensure_master_key(RoleSettings(), cast(Store, Empty()))
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_keys(file).current == "1"


async def test_the_operator_makes_the_next_signing_key(
    environment: Environment, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = str(uuid.uuid4())
    environment.setattr(SigningKeys.__init__, "__defaults__", (_now, ring))
    save_keys(tmp_path / "master.key", MASTERS)
    keys = SigningKeys(store, MASTERS, ring=ring)
    first, _ = await keys.signer()

    for at_once in (False, True):
        rotate = partial(signing.rotate_signing, StackSettings(), at_once=at_once, as_json=True)
        asked = datetime.now(UTC)
        await _in_a_thread(rotate)
        told = json.loads(capsys.readouterr().out)
        waits = datetime.fromisoformat(told["signs_from"]) - asked
        assert (waits > LEAD) == (not at_once)
    act = "MATCH (e:AuditEvent {org: '', action: $action, subject: $kid}) RETURN e.phase AS phase"
    asked_of = {"action": ROTATED, "kid": told["key"]}
    assert await store.read(act, asked_of) == [{"phase": "AFTER"}]
    await keys._load()
    assert (await keys.signer())[0] != first
    assert [key["kid"] for key in (await keys.published())["keys"]] == [(await keys.signer())[0]]


def _now() -> Any:
    return datetime.now(UTC)


MAIL = {"MIRAGE_SMTP_URL": "smtp://mail.example", "MIRAGE_MAIL_FROM": "mirage@sender.example"}


def test_mail_needs_a_master_key(environment: Environment, store: Store) -> None:
    for name, value in MAIL.items():
        environment.setenv(name, value)
    tools = Tools(CourierSettings(), store, cast(Any, None), cast(Any, None))
    with pytest.raises(NoMasterKey, match="restore it from its backup"):
        open_courier(tools)


@pytest.mark.parametrize("missing", [*MAIL, None])
def test_mail_needs_a_server_and_a_sender(
    environment: Environment, store: Store, tmp_path: Path, missing: str | None
) -> None:
    save_keys(tmp_path / "master.key", MASTERS)
    for name, value in MAIL.items():
        environment.setenv(name, value)
    if missing:
        environment.setenv(missing, "")
    tools = Tools(CourierSettings(), store, cast(Any, None), cast(Any, None))
    assert (open_courier(tools) is None) == (missing is not None)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("MIRAGE_SMTP_URL", "http://mail.example", ValueError),
        ("MIRAGE_MAIL_FROM", "nobody", MailRefused),
    ],
)
def test_settings_of_mail_that_are_wrong_are_told_at_the_start(
    environment: Environment, store: Store, tmp_path: Path, name: str, value: str, error: Any
) -> None:
    save_keys(tmp_path / "master.key", MASTERS)
    for key, usual in MAIL.items():
        environment.setenv(key, usual)
    environment.setenv(name, value)
    tools = Tools(CourierSettings(), store, cast(Any, None), cast(Any, None))
    with pytest.raises(error):
        open_courier(tools)


async def _in_a_thread(command: Any) -> Any:
    """Run a command, which has a loop of its own, beside the loop of the tests."""
    return await asyncio.to_thread(command)
