"""Rules through the API: what there is, and trying one that is being written on what is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from graph.correlate import rules as rule_files
from graph.model.network import NetworkService
from graph.store import Store
from graph.writer import Writer
from tests.api.conftest import Caller, Command, MakeCaller
from tests.support.facts import answer

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "add-a-rule.md"
TEXT = next(
    block
    for block in re.findall(r"```cypher\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL)
    if "title" in block
)
TRY = """query T($text: String!, $first: Int! = 50) {
  tryRule(text: $text, first: $first) {
    rule { title subjectKind parameters { name default } } looks isWhole tookMs
    findings { title score subject { caption } evidence { caption } } } }"""


def mail(address: str, port: int = 465) -> NetworkService:
    return NetworkService(transport="tcp", address=address, port=port, service_name="smtp")


@pytest.fixture
async def served(store: Store, caller: Caller) -> Caller:
    """Somebody with two mail servers, of which one is on the old port."""
    async with Writer(store) as writer:
        first, other = mail("203.0.113.25"), mail("203.0.113.26", 587)
        await writer.write(caller.org, [answer(first, 1, first), answer(other, 1, other)])
    return caller


async def told(caller: Caller, text: str, **given: Any) -> dict[str, Any]:
    error: dict[str, Any] = (await caller.post(TRY, {"text": text, **given})).json()["errors"][0]
    return error


async def test_rules_are_told(caller: Caller) -> None:
    asked = '{ rules { id severity } rule(id: "tls.expired") { id subjectKind statement reads references } }'
    data = await caller.ask(asked)
    assert [each["id"] for each in data["rules"]] == sorted(rule_files.load())
    assert data["rule"]["subjectKind"] == "NetworkService"
    assert data["rule"]["statement"] == rule_files.load()["tls.expired"].text
    assert (await caller.ask('{ rule(id: "no.such") { id } }'))["rule"] is None


async def test_a_rule_is_tried_on_what_is_there_and_nothing_is_kept(
    served: Caller, store: Store
) -> None:
    trial = (await served.ask(TRY, text=TEXT))["tryRule"]
    assert trial["rule"] == {
        "title": "Mail server open to relaying ports", "subjectKind": "NetworkService",
        "parameters": [{"name": "port", "default": "465"}],
    }  # fmt: skip
    assert (trial["looks"], trial["isWhole"]) == (2, True)
    (found,) = trial["findings"]
    assert found["score"] == 0.5
    assert "203.0.113.25" in found["title"]
    assert [each["caption"] for each in found["evidence"]] == ["203.0.113.25"]
    assert (
        await store.read_single(
            "MATCH (f:Finding {org: $org}) RETURN count(f)", {"org": served.org}
        )
        == 0
    )
    both = await served.ask(
        TRY, text=TEXT.replace("subject.port = $port", "subject.port >= $port"), first=1
    )
    assert len(both["tryRule"]["findings"]) == 1
    assert both["tryRule"]["isWhole"] is False


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("// severity:    INFO", "// severity:    HUGE", "INVALID_RULE", r"rule:5: .*severity"),
        ("RETURN subject,", "SET subject.port = 1 RETURN subject,", "INVALID_RULE", r"rule:\d+: a rule only reads"),
        ("MATCH (address:IPAddress)", "MATCH (address:IPAddres)", "INVALID_RULE", r"rule:\d+: "),
        ("0.5 AS score", "0.5 + AS score", "INVALID_QUESTION", "query: "),
        ("AS links, 0.5 AS score", "AS links, 7 AS score", "INVALID_RULE", "not between 0 and 1"),
    ],
)  # fmt: skip
async def test_what_breaks_a_promise_is_refused_with_its_place(
    served: Caller, old: str, new: str, code: str, said: str
) -> None:
    assert old in TEXT
    error = await told(served, TEXT.replace(old, new))
    assert error["extensions"]["code"] == code
    assert re.search(said, error["message"]), error["message"]


async def test_it_is_bounded(served: Caller) -> None:
    assert "1 to 200" in (await told(served, TEXT, first=201))["message"]
    assert "20,000 characters" in (await told(served, "x" * 20_001))["message"]


async def test_who_may_try_is_who_may_write_rules_and_read_all(
    served: Caller, make_caller: MakeCaller
) -> None:
    analyst: Caller = await make_caller("ANALYST", beside=served)
    assert (await told(analyst, TEXT))["extensions"]["code"] == "NOT_PERMITTED"
    lead: Caller = await make_caller("LEAD", beside=served)
    assert len((await lead.ask(TRY, text=TEXT))["tryRule"]["findings"]) == 1
    half: Caller = await make_caller("LEAD", beside=served, clearance="GREEN")
    assert "needs the clearance RED" in (await told(half, TEXT))["message"]
    other: Caller = await make_caller()
    assert (await other.ask(TRY, text=TEXT))["tryRule"]["findings"] == []


@pytest.mark.usefixtures("served")
async def test_rules_from_the_terminal(mirage: Command, tmp_path: Path) -> None:
    listed = (await mirage("rule", "list", "--json"))["rules"]
    assert len(listed) == len(rule_files.load())
    assert "severity" in await mirage("rule", "show", "tls.expired")
    assert "there is no rule no.such" in await mirage("rule", "show", "no.such")
    file = tmp_path / "rule.cypher"
    file.write_text(TEXT)
    shown = await mirage("rule", "try", str(file))
    assert "looked at 2 subjects, all there are, in " in shown
    assert "203.0.113.25" in shown
