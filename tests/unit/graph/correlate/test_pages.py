"""The reference page is current, and the how-to's example is a rule that works."""

from __future__ import annotations

import re
from pathlib import Path

from graph.correlate import cases, rules
from graph.correlate.header import OPTIONAL, REQUIRED
from graph.correlate.reference import reference_page

DOCS = Path(__file__).parents[4] / "docs"
HOWTO = (DOCS / "howto/add-a-rule.md").read_text("utf-8")


def test_the_reference_is_current() -> None:
    assert (DOCS / "reference/rules.md").read_text("utf-8") == reference_page()


def test_the_examples_of_the_howto_work() -> None:
    rule_text = next(
        b for b in re.findall(r"```cypher\n(.*?)```", HOWTO, re.DOTALL) if "title" in b
    )
    case_text = re.findall(r"```yaml\n(.*?)```", HOWTO, re.DOTALL)[0]

    rule = rules.parse("exp.open_relay", "exp/open_relay.cypher", rule_text)
    found = cases.parse(rule.id, "exp/open_relay.cases.yaml", case_text)

    assert rule.subject == "NetworkService"
    assert cases.missing(found) == []


def test_the_howto_names_every_word_of_a_header() -> None:
    table = HOWTO.partition("| word |")[2].partition("\n\n")[0]
    said = set(
        re.findall(r"`([a-z-]+)`", "".join(line.split("|")[1] for line in table.splitlines()[2:]))
    )
    assert said == {*REQUIRED, *OPTIONAL}
