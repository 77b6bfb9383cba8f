"""The embedded servers start with a password, answer, and leave nothing behind."""

from __future__ import annotations

import neo4j
import pytest
import redis

from tests.support.stack import Neo4jAddress


def test_neo4j_answers_a_query_over_bolt(neo4j_server: Neo4jAddress) -> None:
    auth = (neo4j_server.user, neo4j_server.password)
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=auth) as driver:
        records, _, _ = driver.execute_query("RETURN 1 AS one")

    assert [record["one"] for record in records] == [1]


def test_neo4j_refuses_another_password(neo4j_server: Neo4jAddress) -> None:
    with (
        neo4j.GraphDatabase.driver(neo4j_server.uri, auth=(neo4j_server.user, "wrong")) as driver,
        pytest.raises(neo4j.exceptions.AuthError),
    ):
        driver.verify_connectivity()


def test_redis_answers_and_keeps_an_append_only_file(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        assert client.config_get("appendonly") == {"appendonly": "yes"}
