"""`mirage doctor`: what it finds of this machine and of servers that settings name, and what to do about it."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from server.commands.doctor import doctor
from server.settings import StackSettings
from tests.support.stack import Neo4jAddress

Told = dict[str, dict[str, Any]]


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """What doctor tells with these settings, by name, and its exit code."""

    def run(**given: Any) -> tuple[int, Told]:
        settings = StackSettings(home=tmp_path, **given)
        code = doctor(settings, as_json=True)
        return code, {one["name"]: one for one in json.loads(capsys.readouterr().out)}

    return run


def test_on_a_machine_without_a_stack_nothing_is_wrong_with_the_environment(tell: Any) -> None:
    _, told = tell(neo4j_uri="", redis_url=SecretStr(""))

    assert told["Python"]["is_well"]
    assert told["code"]["is_well"]
    assert told["Java"]["is_well"]
    assert "Valkey" in told["Redis"]["text"]
    assert told["Neo4j"]["is_well"] is None
    assert told["Neo4j"]["text"].endswith("files are still to be fetched")
    assert told["Neo4j"]["remedy"] == "mirage up fetches them"
    assert told["start-up cache"]["text"] == "none"


def test_given_servers_that_answer_are_well_and_nothing_is_looked_for_beside_them(
    tell: Any, neo4j_server: Neo4jAddress, redis_url: str
) -> None:
    _, told = tell(
        neo4j_uri=neo4j_server.uri,
        neo4j_user=neo4j_server.user,
        neo4j_password=SecretStr(neo4j_server.password),
        redis_url=SecretStr(redis_url),
    )

    assert told["given Neo4j"]["is_well"]
    assert told["given Neo4j"]["text"] == f"{neo4j_server.uri} answers"
    assert told["given Redis"]["is_well"]
    assert not {"Java", "Neo4j", "Redis"} & told.keys()


def test_a_wrong_password_is_told_with_what_to_check_and_is_not_shown(
    tell: Any, neo4j_server: Neo4jAddress
) -> None:
    code, told = tell(
        neo4j_uri=neo4j_server.uri, neo4j_password=SecretStr("wrong-password"), redis_url=""
    )

    assert code == 1
    assert not told["given Neo4j"]["is_well"]
    assert "user name or password" in told["given Neo4j"]["text"]
    assert "MIRAGE_NEO4J_URI" in told["given Neo4j"]["remedy"]
    assert "wrong-password" not in json.dumps(told)


def test_servers_that_are_not_there_are_told(tell: Any) -> None:
    port = free_port()
    code, told = tell(
        neo4j_uri=f"bolt://127.0.0.1:{port}",
        redis_url=SecretStr(f"redis://:hidden@127.0.0.1:{port}/0"),
    )

    assert code == 1
    assert not told["given Neo4j"]["is_well"]
    assert told["given Redis"] == {
        "name": "given Redis",
        "is_well": False,
        "text": f"127.0.0.1:{port} refuses",
        "remedy": "",
    }


def test_people_read_a_line_for_each_finding_and_its_remedy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings = StackSettings(home=tmp_path, neo4j_uri="", redis_url=SecretStr(""))

    doctor(settings, as_json=False)

    told = capsys.readouterr().out
    assert "– start-up cache" in told
    assert "→ mirage tune makes one" in told
