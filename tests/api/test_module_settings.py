"""Setting modules over the API: who may, what is refused and how it is told, and what goes by it."""

from __future__ import annotations

from typing import Any

import pytest

from graph.model.network import DomainName
from graph.store import Store
from graph.writer import Writer
from tests.api.conftest import Caller, MakeCaller
from tests.support.facts import answer

SET = """mutation S($id: ID!, $on: Boolean, $options: JSON) {
  configureModule(id: $id, isEnabled: $on, options: $options) {
    module { id isEnabled settings(first: 5) { version isEnabled options setBy } }
    errors { field code message } } }"""
READ = "query R($id: ID!) { module(id: $id) { isEnabled settings { version } } }"
PIVOTS = "query P($key: String!) { domainName(key: $key) { availablePivots { collector } } }"
START = """mutation S($input: StartScanInput!) {
  startScan(input: $input) { run { id } errors { code message } } }"""
APEX = DomainName(name="settings.example")


async def set_module(caller: Caller, module: str, **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await caller.ask(SET, id=module, **given))["configureModule"]
    return told


async def test_it_is_set_and_each_version_is_told(caller: Caller) -> None:
    first = await set_module(caller, "tcp.connect", options={"ports": [22]})
    assert first["errors"] == []
    second = await set_module(caller, "tcp.connect", on=False)
    assert second["module"] == {
        "id": "tcp.connect",
        "isEnabled": False,
        "settings": [
            {"version": 2, "isEnabled": False, "options": {"ports": [22]}, "setBy": caller.id},
            {"version": 1, "isEnabled": True, "options": {"ports": [22]}, "setBy": caller.id},
        ],
    }
    third = await set_module(caller, "tcp.connect", on=True, options={})
    assert third["module"]["settings"][0]["options"] == {}
    assert (await caller.ask(READ, id="tcp.connect"))["module"] == {
        "isEnabled": True,
        "settings": [{"version": 3}],
    }


async def test_two_changes_in_one_operation_each_tell_what_is_then(caller: Caller) -> None:
    one = 'configureModule(id: "dns.records", isEnabled: {}) {{ module {{ isEnabled }} }}'
    asked = f"mutation {{ a: {one.format('false')} b: {one.format('true')} }}"
    told = await caller.ask(asked)
    assert [told[name]["module"]["isEnabled"] for name in ("a", "b")] == [False, True]


async def test_one_that_was_never_set_is_enabled_and_has_no_versions(caller: Caller) -> None:
    assert (await caller.ask(READ, id="dns.records"))["module"] == {
        "isEnabled": True,
        "settings": [],
    }


@pytest.mark.parametrize(
    ("module", "given", "error"),
    [
        ("no.such", {"on": False}, (None, "NOT_FOUND", "there is no module 'no.such'")),
        ("tls.expired", {"on": False}, (None, "INVALID_QUESTION", "tls.expired is a rule")),
        ("dns.records", {}, (None, "INVALID_QUESTION", "there is nothing to set")),
        (
            "tcp.connect",
            {"options": {"ports": ["x"]}},
            ("options.ports", "INVALID_OPTION", "options.ports[0]: 'x' is not of type integer"),
        ),
        (
            "tcp.connect",
            {"options": {"prots": [1]}},
            ("options", "INVALID_OPTION", "is ports meant?"),
        ),
        ("tcp.connect", {"options": 3}, ("options", "INVALID_OPTION", "an object of options")),
    ],
)
async def test_what_cannot_be_set_is_told_with_its_place(
    caller: Caller, module: str, given: dict[str, Any], error: tuple[str | None, str, str]
) -> None:
    told = await set_module(caller, module, **given)
    assert told["module"] is None
    (said,) = told["errors"]
    assert (said["field"], said["code"]) == error[:2]
    assert error[2] in said["message"]


@pytest.mark.parametrize("role", ["LEAD", "ANALYST", "VIEWER", "AUDITOR"])
async def test_only_who_may_edit_the_organization_sets_modules(
    make_caller: MakeCaller, role: str
) -> None:
    other = await make_caller(role)
    refused = (await other.post(SET, {"id": "dns.records", "on": False})).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"


async def test_another_organization_is_not_concerned(make_caller: MakeCaller) -> None:
    mine, theirs = await make_caller(), await make_caller()
    await set_module(theirs, "dns.records", on=False)
    assert (await mine.ask(READ, id="dns.records"))["module"]["isEnabled"]
    assert not (await theirs.ask(READ, id="dns.records"))["module"]["isEnabled"]


async def test_what_is_disabled_is_no_pivot(caller: Caller, store: Store) -> None:
    async with Writer(store) as writer:
        await writer.write(caller.org, [answer(APEX, 1, APEX)])

    async def pivots() -> set[str]:
        found = (await caller.ask(PIVOTS, key=APEX.key))["domainName"]["availablePivots"]
        return {each["collector"] for each in found}

    before = await pivots()
    await set_module(caller, "dns.records", on=False)
    assert before - await pivots() == {"dns.records"}


async def test_a_scan_that_names_what_is_disabled_is_refused(caller: Caller) -> None:
    await set_module(caller, "dns.records", on=False)
    given = {"seeds": [APEX.key], "collectors": ["dns.records"]}
    told = (await caller.ask(START, input=given))["startScan"]
    assert told["run"] is None
    (error,) = told["errors"]
    assert error["code"] == "MODULE_DISABLED"
    assert "dns.records is disabled in this organization" in error["message"]


async def test_the_audit_tells_what_was_set(caller: Caller) -> None:
    await set_module(caller, "dns.records", on=False)
    asked = """{ auditEvents(filter: {action: "configureModule"}) {
      nodes { action subject outcome details } } }"""
    rows = (await caller.ask(asked))["auditEvents"]["nodes"]
    assert {(row["subject"], row["outcome"]) for row in rows} >= {("dns.records", "OK")}
    assert any(row["details"].get("isEnabled") is False for row in rows)
