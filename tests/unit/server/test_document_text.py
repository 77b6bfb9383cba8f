"""The first look at a document's text, before anything parses it: what it costs, and what it takes for a bracket."""

from __future__ import annotations

import time

import pytest

from graph.errors import LimitExceeded
from server.graphql import limits

UNITS = ['\\"""\n', '\\"', '"""', '"""\\', '\\\\"', '""\n', '"\\\n', '"""a" ', '" ', "#\n", "()"]


@pytest.mark.parametrize("unit", UNITS)
def test_the_largest_document_is_looked_at_in_linear_time(unit: str) -> None:
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
