"""The first look at a document's text, before anything parses it: what it costs, and what it takes for a bracket."""

from __future__ import annotations

import time

import pytest
from graphql import Lexer, Source, TokenKind

from graph.errors import LimitExceeded
from server.graphql import limits

UNITS = ['\\"""\n', '\\"', '"""', '"""\\', '\\\\"', '""\n', '"\\\n', '"""a" ', '" ', "#\n", "()"]


@pytest.mark.parametrize("unit", UNITS)
def test_the_largest_document_is_looked_at_in_linear_time(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_TOKENS", limits.MOST_QUERY_LENGTH)  # to its end
    text = (unit * limits.MOST_QUERY_LENGTH)[: limits.MOST_QUERY_LENGTH]
    started = time.process_time()
    limits.check_text(text)
    assert time.process_time() - started < 1.0  # some 0.1 s; a quadratic look takes minutes


@pytest.mark.parametrize(
    "quoted",
    ['"""{{{"""', '"{{{"', '"\\"{{{"', '"""\\"""{{{"""', '"""\\\\"""{{{"""', "#{{{\n", "#{{{\r"],
)
def test_brackets_in_texts_and_comments_do_not_count(quoted: str) -> None:
    limits.check_text(quoted * limits.MOST_NESTING)


@pytest.mark.parametrize("before", ['"""a"""', '"a"', '"\n', "#\n", "}}}", '"""\\"""}}}"""', '""'])
def test_brackets_behind_them_do(before: str) -> None:
    with pytest.raises(LimitExceeded):
        limits.check_text(before + "{" * (limits.MOST_NESTING + 1))


TOKENS = [
    "a",
    "!",
    "$a",
    "@a",
    "...",
    "a:b",
    "[a]",
    '"a"',
    '"""a"""',
    "-1.5e5",
    "7",
    "a # b c\n",
    "\ufeffa,",
]


@pytest.mark.parametrize("each", TOKENS)
def test_as_many_tokens_as_the_parser_takes_are_let_through(each: str) -> None:
    """What is counted before parsing is at most what the parser counts: no valid document is refused by it."""
    lexer, count = Lexer(Source(each)), 0
    while lexer.advance().kind is not TokenKind.EOF:
        count += lexer.token.kind is not TokenKind.COMMENT
    limits.check_text(f"{each} " * (limits.MOST_TOKENS // count))


def test_more_tokens_are_refused() -> None:
    with pytest.raises(LimitExceeded, match="more than 2000 tokens"):
        limits.check_text("a " * (limits.MOST_TOKENS + 1))
    limits.check_text("#a\n" * limits.MOST_TOKENS + "a " * limits.MOST_TOKENS)
