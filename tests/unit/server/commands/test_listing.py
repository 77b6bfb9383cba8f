"""Lists at the terminal: what strangers chose to be called is shown, and does nothing."""

from __future__ import annotations

import pytest

from server.commands.listing import print_one, print_rows

HOSTILE = "\x1b[2J\x9b1m[bold]\u202eexe.example\r"
HARMLESS = "\\x1b[2J\\x9b1m[bold]\\u202eexe.example\\r"


@pytest.mark.parametrize("is_table", [True, False])
def test_a_name_is_shown_and_not_obeyed(
    capsys: pytest.CaptureFixture[str], *, is_table: bool
) -> None:
    row = {"name": HOSTILE, "several": [HOSTILE, None], "is_set": True}
    if is_table:
        print_rows([row], "rows", as_json=False)
    else:
        print_one(row, as_json=False)
    told = capsys.readouterr().out
    assert told.count(HARMLESS) == 2
    assert "yes" in told
    assert not {"\x1b", "\x9b", "\u202e", "\r"} & set(told)


@pytest.mark.parametrize("is_table", [True, False])
def test_part_of_an_address_is_no_picture(
    capsys: pytest.CaptureFixture[str], *, is_table: bool
) -> None:
    row = {"address": "tcp://[2001:db8:cd::10]:443"}
    if is_table:
        print_rows([row], "rows", as_json=False)
    else:
        print_one(row, as_json=False)
    assert "[2001:db8:cd::10]" in capsys.readouterr().out
