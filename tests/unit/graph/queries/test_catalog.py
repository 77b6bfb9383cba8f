"""How a file of `cypher/` is read: its header, then its statement."""

from __future__ import annotations

import pytest

from graph.errors import InvalidQuestion
from graph.queries.catalog import load, parse


def test_a_header_may_go_on_and_is_parted_from_the_statement() -> None:
    found = parse(
        "x/y",
        """\
// summary: One thing,
//          told in two lines.
// mode: write

MATCH (n)
// about n
RETURN n;
""",
    )
    assert found.header == {"summary": "One thing, told in two lines.", "mode": "write"}
    assert found.text == "MATCH (n)\n// about n\nRETURN n"
    assert found.is_write


def test_without_a_mode_it_only_reads() -> None:
    assert not parse("x/y", "RETURN 1").is_write


@pytest.mark.parametrize("content", ["", "\n", "// summary: Nothing else.\n\n"])
def test_a_file_without_a_statement_is_refused(content: str) -> None:
    with pytest.raises(InvalidQuestion, match=r"^cypher/x/y\.cypher has no statement$"):
        parse("x/y", content)


def test_a_query_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidQuestion, match=r"^there is no query 'run/nothing' under cypher/$"):
        load("run/nothing")
