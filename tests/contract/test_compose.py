"""The production shape: every role, watched, restarted, unprivileged, with no secret in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import neo4j
import pytest
import yaml

from server.embedded.neo4j import Memory, Neo4jPlan, settings_of
from server.embedded.role import role_names
from server.settings import (
    CollectorSettings,
    ConductorSettings,
    CourierSettings,
    OwnerSettings,
    RoleSettings,
    StackSettings,
)
from server.settings_api import ApiSettings
from server.version import VERSION
from tests.support.stack import Neo4jAddress

CHECKOUT = Path(__file__).parents[2]
TEXT = (CHECKOUT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
ROLES = ["api", "collector", "conductor", "correlator", "courier"]
SECRETS = ["MIRAGE_NEO4J_PASSWORD", "MIRAGE_REDIS_PASSWORD"]


def test_every_role_and_server_is_there() -> None:
    assert sorted(SERVICES) == sorted([*ROLES, "neo4j", "prepare", "redis"])
    assert set(role_names()) <= set(ROLES)


@pytest.mark.parametrize("name", sorted({*SERVICES} - {"prepare"}))
def test_a_service_is_watched_and_restarted(name: str) -> None:
    service = SERVICES[name]

    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_unprivileged(name: str) -> None:
    service = SERVICES[name]

    assert service["user"] not in ("root", "0", "0:0")
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", sorted({*SERVICES} - {"neo4j"}))
def test_its_file_system_is_read_only(name: str) -> None:
    assert SERVICES[name]["read_only"] is True


@pytest.mark.parametrize("name", ROLES)
def test_a_role_runs_its_command_and_knows_the_servers(name: str) -> None:
    service = SERVICES[name]

    assert service["command"] == [name]
    for setting in ("neo4j_uri", "neo4j_user", "neo4j_password", "redis_url"):
        assert setting in RoleSettings.model_fields
        assert f"MIRAGE_{setting.upper()}" in service["environment"]


@pytest.mark.parametrize("name", ROLES)
def test_a_role_waits_for_a_prepared_database(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "prepare": {"condition": "service_completed_successfully"},
        "redis": {"condition": "service_healthy"},
    }
    assert SERVICES["prepare"]["command"] == ["prepare"]
    assert SERVICES["prepare"]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}


def test_every_variable_given_to_a_role_is_a_setting() -> None:
    fields = {
        *ApiSettings.model_fields,
        *CollectorSettings.model_fields,
        *ConductorSettings.model_fields,
        *CourierSettings.model_fields,
        *OwnerSettings.model_fields,
    }
    known = {f"MIRAGE_{name.upper()}" for name in fields}
    given = {name for role in ROLES for name in SERVICES[role]["environment"]}

    # Internal ones are not shown; the embedded server starts with them, or with none at all.
    plan = Neo4jPlan(Path(), (), 1, 2, Memory(heap_mb=1, page_cache_mb=1), ())
    started = {name for name in settings_of(plan) if name.startswith("internal.")}
    assert given <= known | started, given - known - started
    assert not given & {"MIRAGE_HOME"}
    assert StackSettings.model_config["env_prefix"] == "MIRAGE_"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_comes_from_the_environment_and_has_no_default(name: str) -> None:
    uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", TEXT)

    assert uses
    assert all(use.startswith(":?") for use in uses)


def test_nothing_that_looks_like_a_password_is_written_out() -> None:
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if re.search(r"PASSWORD|_KEY$|_AUTH$", name):
                assert "${" in str(value), name


def test_only_the_api_is_published_and_on_loopback_unless_told() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {"api": ["${MIRAGE_PUBLISH:-127.0.0.1:8000}:8000"]}


def test_the_servers_are_on_the_inner_network_only() -> None:
    assert SERVICES["neo4j"]["networks"] == ["data"]
    assert SERVICES["redis"]["networks"] == ["data"]
    assert yaml.safe_load(TEXT)["networks"]["data"] == {"internal": True}


def test_redis_keeps_an_append_only_file_and_wants_a_password() -> None:
    command = SERVICES["redis"]["command"][-1]

    assert "appendonly yes" in command
    assert 'requirepass "$$REDISCLI_AUTH"' in command
    assert "maxmemory-policy noeviction" in command


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_cannot_take_the_machine(name: str) -> None:
    service = SERVICES[name]

    assert re.search(r"\d[mg]\}?$", service["mem_limit"])
    assert service["pids_limit"] <= 1024
    assert service["logging"] == {"driver": "local"}
    assert all("size=" in mount for mount in service.get("tmpfs", []))


def test_the_memory_of_the_database_holds_what_it_is_told_to_use() -> None:
    def default(text: str) -> int:
        found = re.search(r":-(\d+)g\}$", text)
        assert found, text
        return int(found[1])

    service = SERVICES["neo4j"]
    used = [value for name, value in service["environment"].items() if "_memory_" in name]
    assert len(used) == 2
    assert sum(map(default, used)) < default(service["mem_limit"])


def test_every_setting_of_the_database_is_one_that_it_knows(neo4j_server: Neo4jAddress) -> None:
    """The image writes each NEO4J_ name into the settings; with an unknown one it does not start."""
    given = {
        name.removeprefix("NEO4J_").replace("__", "\0").replace("_", ".").replace("\0", "_")
        for name in SERVICES["neo4j"]["environment"]
        if name != "NEO4J_AUTH"
    }
    auth = (neo4j_server.user, neo4j_server.password)
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=auth) as driver:
        known = {row["name"] for row in driver.execute_query("SHOW SETTINGS").records}

    # Internal ones are not shown; the embedded server starts with them, or with none at all.
    plan = Neo4jPlan(Path(), (), 1, 2, Memory(heap_mb=1, page_cache_mb=1), ())
    started = {name for name in settings_of(plan) if name.startswith("internal.")}
    assert given <= known | started, given - known - started


@pytest.mark.parametrize("name", ["neo4j", "redis"])
def test_no_password_is_in_an_argument(name: str) -> None:
    service = SERVICES[name]
    words = [*service["healthcheck"]["test"], *service.get("command", [])]

    assert not any("MIRAGE_" in word or re.search(r"(^| )(-p|-a|--pass)\b", word) for word in words)


def test_nobody_but_the_two_servers_comes_from_elsewhere() -> None:
    images = {name: service["image"] for name, service in SERVICES.items()}

    assert {images[name] for name in (*ROLES, "prepare")} == {f"mirage:{VERSION}"}
    assert all(re.fullmatch(r"[a-z0-9]+:\d[\d.]*", images[name]) for name in ("neo4j", "redis"))


def test_the_database_is_the_version_that_runs_embedded() -> None:
    lock = (CHECKOUT / "server" / "embedded" / "neo4j.lock").read_text()
    version = SERVICES["neo4j"]["image"].split(":")[1]

    assert f"/neo4j-server/{version}/" in lock


def test_the_image_has_its_own_user_and_takes_only_hashed_packages() -> None:
    text = (CHECKOUT / "Dockerfile").read_text()

    assert f"USER {SERVICES['api']['user']}" in text
    assert "--require-hashes" in text
    assert "requirements.runtime.lock" in text
