"""What commands print: findings in a narrow terminal, steps, and files that cannot be asked."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Task

from graph.errors import InvalidQuestion, NotFound
from server.commands import importing, summary
from server.commands.console import Amount
from server.commands.query import query
from server.commands.summary import FoundFinding, Summary, print_summary
from server.settings import StackSettings

LONG = (
    "The SPF record of one.example lets two.example send, but two.example does not exist anywhere"
)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_finding_is_wrapped_beside_its_severity(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = io.StringIO()
    console = Console(file=told, width=width, highlight=False, soft_wrap=True)
    monkeypatch.setattr(summary, "out", console)
    finding = FoundFinding("dns.spf_orphan", "CRITICAL", LONG, "one.example")

    print_summary(Summary({}, {}, [finding], {"dns.spf_orphan": "Why it matters. " * 10}))

    lines = told.getvalue().rstrip().splitlines()
    at = next(place for place, line in enumerate(lines) if "CRITICAL" in line)
    assert lines[at].startswith("  CRITICAL The SPF record")
    assert all(line.startswith(" " * 11) for line in lines[at + 1 :])
    assert all(len(line) <= width for line in lines[at:])
    assert LONG in " ".join(line[11:].strip() for line in lines[at:])


def test_rows_refused_for_one_reason_say_once_what_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = io.StringIO()
    monkeypatch.setattr(importing, "out", Console(file=told, width=80, soft_wrap=True))
    rejections = [
        {
            "position": f"line {line}",
            "reason": f"{word!r} is not a seed: accepted are a URL, a name",
        }
        for line, word in enumerate(("not", "thing"), 1)
    ]
    report = {"format": "indicator_list", "rows": 2, "facts": [], "rejected": 2, "unmapped": 0}
    payload = {"errors": [], "report": {**report, "rejections": rejections}}
    monkeypatch.setattr(importing, "_import", lambda _where, _file, _how: payload)
    monkeypatch.setattr(importing, "endpoint", lambda _settings: None)

    assert importing.import_files(StackSettings(), [Path("list.txt")], {}, as_json=False) == 0

    assert [line.strip() for line in told.getvalue().splitlines()[2:]] == [
        "line 1: 'not' is not a seed",
        "line 2: 'thing' is not a seed",
        "accepted are a URL, a name",
    ]


def test_a_step_in_one_piece_has_no_amount() -> None:
    assert amount(total=1, unit="") == ""
    assert amount(total=None, unit="jobs") == ""
    assert amount(total=4, unit="jobs") == "2 of 4 jobs"


def amount(total: float | None, unit: str) -> str:
    task = Task(1, "step", total, 2, _get_time=float, fields={"unit": unit})  # type: ignore[arg-type]
    return Amount().render(task).plain


def test_a_question_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    missing, binary = tmp_path / "missing.graphql", tmp_path / "binary.graphql"
    binary.write_bytes(b"\xff\xfe")

    with pytest.raises(NotFound, match=r"missing\.graphql cannot be read: No such file"):
        query(StackSettings(home=tmp_path), missing, "{}")
    with pytest.raises(NotFound, match="cannot be read: Is a directory"):
        query(StackSettings(home=tmp_path), tmp_path, "{}")
    with pytest.raises(InvalidQuestion, match="not text in UTF-8"):
        query(StackSettings(home=tmp_path), binary, "{}")
