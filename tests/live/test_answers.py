"""How commands ask a server: what is asked again, what is not, and what a refusal says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graph.errors import StoreUnavailable
from server.commands import answers
from server.commands.answers import Endpoint, Refusal
from tests.support.answering import Server, answering

BUSY = {"errors": [{"message": "later", "extensions": {"code": "STORE_UNAVAILABLE"}}]}
WRONG = {"errors": [{"message": "no such field", "extensions": {"code": "INVALID_QUESTION"}}]}
PROBLEM = {"status": 400, "code": "LIMIT_EXCEEDED", "detail": "stopped at its time limit"}
GOOD = {"data": {"answer": 42}}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(answers, "PAUSES_S", (0.01, 0.01))
    with answering() as found:
        yield found


@pytest.fixture
def endpoint(server: Server) -> Endpoint:
    return Endpoint(server.url, "mk_key")


def test_a_question_carries_the_key_and_its_variables(server: Server, endpoint: Endpoint) -> None:
    server.answers = [GOOD]

    assert endpoint.ask("query { answer }", {"one": 1}) == {"answer": 42}

    body = {"query": "query { answer }", "variables": {"one": 1}}
    assert server.seen == [("Bearer mk_key", body)]


@pytest.mark.parametrize("passing", [BUSY, PROBLEM])
def test_a_busy_server_is_asked_again(server: Server, endpoint: Endpoint, passing: Any) -> None:
    server.answers = [passing, passing, GOOD]

    assert endpoint.ask("query { answer }") == {"answer": 42}


def test_a_server_that_stays_busy_is_given_up(server: Server, endpoint: Endpoint) -> None:
    server.answers = [BUSY] * 3

    with pytest.raises(Refusal, match="later"):
        endpoint.ask("query { answer }")


def test_a_mutation_is_never_sent_twice(server: Server, endpoint: Endpoint) -> None:
    server.answers = [BUSY]

    with pytest.raises(Refusal, match="later"):
        endpoint.ask("\nmutation { do }")

    assert len(server.seen) == 1


def test_what_is_wrong_is_not_asked_again(server: Server, endpoint: Endpoint) -> None:
    server.answers = [WRONG]

    with pytest.raises(Refusal, match="no such field"):
        endpoint.ask("query { answer }")

    assert len(server.seen) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null"])
def test_what_is_no_answer_is_told(server: Server, endpoint: Endpoint, body: bytes) -> None:
    server.answers = [body]

    with pytest.raises(Refusal, match="HTTP 200"):
        endpoint.ask("query { answer }")


def test_no_server_is_told_with_its_address() -> None:
    with pytest.raises(StoreUnavailable, match=r"http://127\.0\.0\.1:9/graphql does not answer"):
        Endpoint("http://127.0.0.1:9/graphql", "mk_key").ask("query { answer }")
