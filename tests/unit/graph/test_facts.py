"""What an answer cannot be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from graph.errors import InvalidFact
from graph.facts import Answer, Outcome
from graph.model.network import DomainName
from tests.support.facts import moment

NAME = DomainName(name="orrery.example")
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - what is wrong here


def answer(**more: Any) -> Answer:
    given = {
        "outcome": Outcome.FOUND,
        "started_at": moment(0),
        "ended_at": moment(1),
        "facts": (NAME,),
    }
    return Answer(NAME, "test.one", **{**given, **more})


def test_an_answer_says_who_when_and_how_sure() -> None:
    assert answer(reliability=0.5, tlp="AMBER").tlp == "AMBER"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reliability": 0}, "reliability 0 is not between 0 and 1, both excluded"),
        ({"reliability": 1}, "reliability 1 is not between 0 and 1, both excluded"),
        ({"started_at": NAIVE}, "started_at has no time zone; UTC is right"),
        ({"ended_at": NAIVE}, "ended_at has no time zone; UTC is right"),
        ({"tlp": "WHITE"}, "'WHITE' is none of the markings"),
        ({"outcome": Outcome.ABSENT}, "an answer with facts has outcome FOUND, not ABSENT"),
        ({"outcome": Outcome.ERROR}, "an answer with facts has outcome FOUND, not ERROR"),
    ],
)
def test_anything_else_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidFact) as refused:
        answer(**wrong)
    assert str(refused.value).startswith("test.one: ")
    assert said in str(refused.value)
