"""Rules of an organization's own over the API: who may keep them, what is told of them, and to whom not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.correlate.engine import Engine
from graph.errors import InvalidRule
from graph.store import Store
from graph.writer import Writer
from server.jobs.queue import CORRELATOR_QUEUE, Queue
from tests.api.conftest import Caller, Command, MakeCaller
from tests.support.correlating import NOW
from tests.support.own_rules import FAILS, RULE, TEXT, mail, served

SAVE = """mutation S($id: ID!, $text: String!, $on: Boolean, $expects: Int, $comment: String! = "") {
  saveRule(id: $id, text: $text, isEnabled: $on, expects: $expects, comment: $comment) {
    rule { id title isOwn isEnabled number text parameters { name value default } failure { reason } }
    errors { code message } } }"""
SET = """mutation S($id: ID!, $on: Boolean, $parameters: JSON) {
  setRule(id: $id, isEnabled: $on, parameters: $parameters) {
    rule { id isOwn isEnabled number parameters { name value default } } errors { code message } } }"""
DELETE = "mutation D($id: ID!) { deleteRule(id: $id) { rule { id } errors { code message } } }"
BACK = """mutation B($id: ID!, $to: Int!) {
  rollBackRule(id: $id, to: $to) { rule { number isEnabled text } errors { code message } } }"""
VERSIONS = """query V($id: ID!, $first: Int, $before: Int) { ruleVersions(id: $id, first: $first, before: $before) {
  number text parameters isEnabled isDeleted setBy comment } }"""
FOUND = """{ findings { nodes { rule title explanation remediation references subject { caption } } }
  findingFacets { name values { value count } } about: findings(where: {kinds: ["NetworkService"]}) { totalCount } }"""
BELOW = "{ networkServices { nodes { findings { nodes { rule explanation remediation references } } } } }"


async def saved(caller: Caller, text: str = TEXT, rule: str = RULE, **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await caller.ask(SAVE, id=rule, text=text, **given))["saveRule"]
    return told


async def write(store: Store, org: str, tlp: str = "") -> None:
    async with Writer(store) as writer:
        said = served(mail("203.0.113.25"), mail("203.0.113.26", 587))
        await writer.write(org, [replace(each, tlp=tlp) for each in said])


@pytest.fixture
async def found(caller: Caller, store: Store) -> Caller:
    """Somebody whose own rule has found something."""
    await write(store, caller.org)
    assert (await saved(caller))["errors"] == []
    await Engine(store).follow(caller.org, NOW)
    return caller


async def test_a_rule_is_kept_told_and_brought_back(caller: Caller) -> None:
    first = await saved(caller, comment="begun", expects=0)
    assert first == {
        "rule": {
            "id": RULE, "title": "Mail server open to relaying ports", "isOwn": True, "isEnabled": True, "number": 1,
            "text": TEXT, "parameters": [{"name": "port", "value": "465", "default": "465"}], "failure": None,
        },
        "errors": [],
    }  # fmt: skip
    changed = TEXT.replace("Mail server open", "Mail server wide open")
    assert (await saved(caller, changed, on=False, expects=1))["rule"]["isEnabled"] is False
    told = (await caller.ask(VERSIONS, id=RULE))["ruleVersions"]
    assert [(v["number"], v["comment"], v["isEnabled"], v["text"]) for v in told] == [
        (2, "", False, changed),
        (1, "begun", True, TEXT),
    ]
    assert told[0]["setBy"] == caller.id
    back = (await caller.ask(BACK, id=RULE, to=1))["rollBackRule"]["rule"]
    assert back == {"number": 3, "isEnabled": True, "text": TEXT}
    assert [
        v["comment"] for v in (await caller.ask(VERSIONS, id=RULE, first=1))["ruleVersions"]
    ] == ["back to version 1"]
    assert (await caller.ask(DELETE, id=RULE))["deleteRule"] == {"rule": None, "errors": []}
    assert (await caller.ask(f'{{ rule(id: "{RULE}") {{ id }} }}'))["rule"] is None
    told = (await caller.ask(VERSIONS, id=RULE, before=5, first=1))["ruleVersions"]
    assert [(v["number"], v["isDeleted"], v["text"]) for v in told] == [(4, True, None)]


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (
            {"rule": "tls.expired"},
            "INVALID_QUESTION",
            "id: 'tls.expired' is no name of a rule of one's own",
        ),
        ({"text": TEXT.replace("INFO", "HUGE")}, "INVALID_RULE", r"rule:5: 'severity'"),
        ({"text": TEXT.replace("0.5 AS score", "0.5 + AS score")}, "INVALID_QUESTION", "query: "),
        ({"text": "x" * 20_001}, "LIMIT_EXCEEDED", "text: a rule has at most 20,000 characters"),
        ({"expects": 3}, "CONFLICT", "version 3 was meant to be changed, and 0 is there now"),
        ({"comment": "x" * 1_001}, "INVALID_QUESTION", "comment: 1,000 characters"),
    ],
)
async def test_what_is_wrong_is_told_and_nothing_kept(
    caller: Caller, given: dict[str, Any], code: str, says: str
) -> None:
    told = await saved(caller, **given)
    assert [error["code"] for error in told["errors"]] == [code]
    assert says in told["errors"][0]["message"]
    assert (told["rule"], (await caller.ask(VERSIONS, id=RULE))["ruleVersions"]) == (None, [])


async def test_a_rule_of_mirage_is_set_and_switched_off(caller: Caller) -> None:
    asked = """{ rule(id: "tls.expiring") { isOwn isEnabled number text parameters { value default } }
      module(id: "tls.expiring") { isEnabled } }"""
    before = await caller.ask(asked)
    assert before["rule"] == {
        "isOwn": False, "isEnabled": True, "number": 0, "text": None,
        "parameters": [{"value": "P21D", "default": "P21D"}],
    }  # fmt: skip
    told = (await caller.ask(SET, id="tls.expiring", parameters={"notice": "P7D"}, on=False))[
        "setRule"
    ]
    assert told["errors"] == []
    after = await caller.ask(asked)
    assert after["module"]["isEnabled"] is after["rule"]["isEnabled"] is False
    assert after["rule"]["parameters"] == [{"value": "P7D", "default": "P21D"}]
    assert after["rule"]["number"] == 1
    wrong = (await caller.ask(SET, id="tls.expiring", parameters={"notice": 7}))["setRule"][
        "errors"
    ]
    assert [each["code"] for each in wrong] == ["INVALID_QUESTION"]
    assert "P21D is right" in wrong[0]["message"]
    nothing = (await caller.ask(SET, id="tls.expiring"))["setRule"]["errors"]
    assert "there is nothing to set" in nothing[0]["message"]
    missing = (await caller.ask(SET, id="own.none", on=True))["setRule"]["errors"]
    assert [each["code"] for each in missing] == ["NOT_FOUND"]
    back = (await caller.ask(BACK, id="tls.expiring", to=0))["rollBackRule"]
    assert (back["errors"], back["rule"]["isEnabled"]) == ([], True)


async def test_findings_have_the_words_of_the_rule_that_found_them(found: Caller) -> None:
    told = await found.ask(FOUND)
    (finding,) = told["findings"]["nodes"]
    words = {
        "rule": RULE, "explanation": "An example; it matters to nobody.",
        "remediation": "Nothing needs to be done.", "references": ["RFC 8314"],
    }  # fmt: skip
    assert finding.items() >= words.items()
    facets = {each["name"]: each["values"] for each in told["findingFacets"]}
    assert facets["KIND"] == [{"value": "NetworkService", "count": 1}]
    assert facets["RULE"] == [{"value": RULE, "count": 1}]
    assert told["about"]["totalCount"] == 1
    below = [
        n
        for each in (await found.ask(BELOW))["networkServices"]["nodes"]
        for n in each["findings"]["nodes"]
    ]
    assert below == [words]

    await found.ask(DELETE, id=RULE)
    [gone] = (await found.ask(FOUND))["findings"]["nodes"]  # until a correlator closes it
    assert (gone["explanation"], gone["references"]) == (None, [])
    below = [
        n
        for each in (await found.ask(BELOW))["networkServices"]["nodes"]
        for n in each["findings"]["nodes"]
    ]
    assert below == [{"rule": RULE, "explanation": None, "remediation": None, "references": []}]


async def test_what_would_clear_a_finding_is_found_by_the_organizations_own_rule(
    found: Caller,
) -> None:
    asked = "{ findings { nodes { id } } }"
    [finding] = (await found.ask(asked))["findings"]["nodes"]
    query = "query W($id: ID!) { wouldClear(finding: $id) { links { type } } }"
    told = (await found.ask(query, id=finding["id"]))["wouldClear"]
    assert told == [{"links": [{"type": "HAS_PORT"}]}]


async def test_a_failure_is_told_until_it_is_mended(caller: Caller, store: Store) -> None:
    await write(store, caller.org)
    await saved(caller, FAILS)
    asked = f'{{ rule(id: "{RULE}") {{ failure {{ reason at }} }} rules {{ id failure {{ reason }} }} }}'
    assert (await caller.ask(asked))["rule"]["failure"] is None
    await Engine(store).follow(caller.org, NOW)
    told = await caller.ask(asked)
    assert "/ by zero" in told["rule"]["failure"]["reason"]
    assert [each["id"] for each in told["rules"] if each["failure"]] == [RULE]
    await saved(caller)
    assert (await caller.ask(asked))["rule"]["failure"] is None


async def test_a_rule_that_an_update_no_longer_takes_is_told_with_its_text(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    await saved(caller)
    await caller.ask(SET, id="tls.expiring", parameters={"notice": "P7D"})

    def gone(_: str, __: str) -> None:
        raise InvalidRule("rule:9: there is no such relationship any more")

    monkeypatch.setattr("graph.correlate.books.read_own", gone)
    asked = f'{{ rule(id: "{RULE}") {{ title text number isOwn failure {{ reason at }} }} }}'
    assert (await caller.ask(asked))["rule"] == {
        "title": RULE, "text": TEXT, "number": 1, "isOwn": True,
        "failure": {"reason": "rule:9: there is no such relationship any more", "at": None},
    }  # fmt: skip
    assert (await caller.ask(SET, id=RULE, on=False))["setRule"]["rule"]["isEnabled"] is False
    assert (await caller.ask(DELETE, id=RULE))["deleteRule"]["errors"] == []


async def test_a_correlator_is_told_at_once(caller: Caller, store: Store, queue: Queue) -> None:
    await caller.ask(SET, id="tls.expired", on=False)
    left = "MATCH (o:Outbox {org: $org}) RETURN o.touched IS NOT NULL AS waits"
    assert await store.read(left, {"org": caller.org}) == [{"waits": True}]
    jobs = await queue.queued_jobs(queue_name=CORRELATOR_QUEUE)
    assert [job.function for job in jobs if list(job.args) == [caller.org]] == ["correlate"]


async def test_findings_of_a_marked_subject_are_for_the_cleared(
    caller: Caller, store: Store, make_caller: MakeCaller
) -> None:
    half: Caller = await make_caller("ANALYST", beside=caller, clearance="GREEN")
    await write(store, caller.org, "AMBER")
    await saved(caller)
    await Engine(store).follow(caller.org, NOW)
    assert len((await caller.ask(FOUND))["findings"]["nodes"]) == 1
    assert (await half.ask(FOUND))["findings"]["nodes"] == []


async def test_who_may_keep_rules_is_who_may_write_them_and_read_all(
    caller: Caller, make_caller: MakeCaller
) -> None:
    for role, more, says in (
        ("ANALYST", {}, "EDIT_RULES"),
        ("LEAD", {"clearance": "GREEN"}, "needs the clearance RED"),
    ):
        other: Caller = await make_caller(role, beside=caller, **more)
        for query, given in (
            (SAVE, {"text": TEXT}),
            (SET, {"on": False}),
            (DELETE, {}),
            (BACK, {"to": 1}),
        ):
            answer = (await other.post(query, {"id": RULE, **given})).json()
            assert answer["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
            assert says in answer["errors"][0]["message"]
    lead: Caller = await make_caller("LEAD", beside=caller)
    assert (await saved(lead))["errors"] == []


async def test_no_other_organization_is_told(found: Caller, make_caller: MakeCaller) -> None:
    other: Caller = await make_caller()
    told = await other.ask(f'{{ rules {{ id }} rule(id: "{RULE}") {{ id }} }}')
    assert told["rule"] is None
    assert RULE not in {each["id"] for each in told["rules"]}
    assert (await other.ask(VERSIONS, id=RULE))["ruleVersions"] == []
    for query, given in ((SET, {"on": False}), (DELETE, {}), (BACK, {"to": 1})):
        ((_, payload),) = (await other.ask(query, id=RULE, **given)).items()
        assert [each["code"] for each in payload["errors"]] == ["NOT_FOUND"]
    assert len((await found.ask(VERSIONS, id=RULE))["ruleVersions"]) == 1


async def test_rules_are_kept_from_the_terminal(mirage: Command, tmp_path: Path) -> None:
    file = tmp_path / "open_relay.cypher"
    file.write_text(TEXT)
    shown = await mirage("rule", "save", str(file), "--comment", "begun", "--json")
    assert (shown["id"], shown["number"], shown["is_own"]) == (RULE, 1, True)
    assert "port = 25" in await mirage("rule", "set", RULE, "port=25")
    assert "465 is right" in await mirage("rule", "set", RULE, "port=x")
    assert "has no parameter 'prt'; it has port" in await mirage(
        "rule", "set", RULE, "--unset", "prt"
    )
    assert "nothing to set" in await mirage("rule", "set", RULE)
    assert (await mirage("rule", "set", RULE, "--unset", "port", "--json"))["parameters"] == [
        "port = 465"
    ]
    assert (await mirage("rule", "disable", RULE, "--json"))["is_enabled"] is False
    assert (await mirage("rule", "enable", RULE, "--json"))["is_enabled"] is True
    assert re.search(r"is own +yes", await mirage("rule", "show", RULE))
    assert "is gone" in await mirage("rule", "delete", RULE)
    assert f"there is no rule {RULE}" in await mirage("rule", "show", RULE)
    listed = (await mirage("rule", "versions", RULE, "--json"))["versions"]
    assert [each["is_deleted"] for each in listed] == [True, False, False, False, False, False]
    assert (listed[-1]["comment"], listed[-1]["text"]) == ("begun", TEXT)
    assert (await mirage("rule", "rollback", RULE, "--to", "1", "--json"))["number"] == 7
    (tmp_path / "packed.cypher").write_bytes(b"\xff")
    assert "no text in UTF-8" in await mirage("rule", "save", str(tmp_path / "packed.cypher"))
    await mirage("rule", "save", str(file), "--name", "own.other", "--off", "--expects", "0")
    rows = {each["id"]: each for each in (await mirage("rule", "list", "--json"))["rules"]}
    assert (rows[RULE]["is_enabled"], rows["own.other"]["is_enabled"]) == (True, False)
