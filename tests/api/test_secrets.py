"""Secrets over the API: set and listed, never given, and in no message, whatever goes wrong."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from collectors._kit.faults import Fault
from graph.store import Store
from graph.writer import Fence
from server.graphql.runs import asked
from server.graphql.secrets import mutations
from server.jobs.log import concealed
from server.modules import breaker
from server.modules.breaker import Told
from server.modules.health import MOST_FAILURES, failing
from server.scheduling import asking
from server.vault.secrets import Secrets
from tests.api.conftest import Caller, MakeCaller
from tests.support import keyed
from tests.support.keys import MASTERS, opened

VALUE = 'heron "key" 0123456789'
SET = """mutation S($source: String!, $name: String!, $value: SecretText!, $until: DateTime) {
  setSecret(source: $source, name: $name, value: $value, expiresAt: $until) {
    secret { id source name version keyVersion isExpired expiresAt lastUsedAt setBy } errors { code message } } }"""
LIST = "{ secrets { source name version keyVersion isExpired } }"
REMOVE = 'mutation { removeSecret(source: "heron", name: "api_key") { wasSet errors { code } } }'


@pytest.fixture(autouse=True)
def _needing_source(monkeypatch: pytest.MonkeyPatch) -> None:
    made = keyed.registry()
    monkeypatch.setattr(mutations, "registry", lambda: made)
    monkeypatch.setattr(asking, "registry", lambda: made)
    monkeypatch.setattr(asked, "registry", lambda: made)


async def set_secret(caller: Caller, **given: Any) -> dict[str, Any]:
    usual = {"source": keyed.SOURCE, "name": keyed.SECRET, "value": VALUE}
    data = await caller.ask(SET, **{**usual, **given})
    told: dict[str, Any] = data["setSecret"]
    return told


async def test_a_secret_is_set_listed_replaced_and_removed(caller: Caller, store: Store) -> None:
    told = await set_secret(caller)
    assert told["errors"] == []
    assert (told["secret"]["version"], told["secret"]["lastUsedAt"]) == (1, None)
    assert (await set_secret(caller, value="another value"))["secret"]["version"] == 2
    listed = (await caller.ask(LIST))["secrets"]
    assert listed == [
        {
            "source": "heron", "name": "api_key", "version": 2, "keyVersion": "1",
            "isExpired": False,
        }
    ]  # fmt: skip
    values = await opened(Secrets(store, MASTERS), caller.org, "heron", ["api_key"])
    assert values == {"api_key": "another value"}
    assert (await caller.ask(REMOVE))["removeSecret"] == {"wasSet": True, "errors": []}
    assert (await caller.ask(REMOVE))["removeSecret"] == {"wasSet": False, "errors": []}
    assert (await caller.ask(LIST))["secrets"] == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"source": "stork"}, "no collector of 'stork' needs a secret; these do: heron"),
        ({"name": "api_kye"}, "is api_key meant?"),
        ({"name": "zzz"}, "it needs api_key"),
        ({"value": "abc"}, "less than 4 characters"),
        ({"until": "2020-01-01T00:00:00Z"}, "still to come"),
    ],
)
async def test_what_nobody_would_use_is_refused(
    caller: Caller, given: dict[str, str], told: str
) -> None:
    refused = await set_secret(caller, **given)
    assert refused["secret"] is None
    assert [error["code"] for error in refused["errors"]] == ["INVALID_QUESTION"]
    assert told in refused["errors"][0]["message"]
    assert (await caller.ask(LIST))["secrets"] == []


@pytest.mark.parametrize(
    ("role", "reads", "edits"),
    [
        ("LEAD", True, True), ("ADMIN", True, True), ("ANALYST", True, False), ("VIEWER", False, False),
        ("AUDITOR", False, False), ("INGEST", False, False),
    ],
)  # fmt: skip
async def test_who_may_do_what(
    make_caller: MakeCaller, role: str, reads: bool, edits: bool
) -> None:
    caller = await make_caller(role)
    listed = await caller.post(LIST)
    changed = await caller.post(REMOVE)
    assert (listed.status_code, changed.status_code) == (
        200 if reads else 403,
        200 if edits else 403,
    )


async def test_secrets_of_another_organization_are_not_there(
    caller: Caller, make_caller: MakeCaller
) -> None:
    await set_secret(caller)
    other: Caller = await make_caller()
    assert (await other.ask(LIST))["secrets"] == []
    assert (await other.ask(REMOVE))["removeSecret"]["wasSet"] is False


LITERAL = 'mutation { setSecret(source: "heron", name: "api_key", value: "hunter2222") { errors { code } } }'
MISPLACED = """mutation { setSecret(source: {value: "hunter2222"}, name: "n", value: $v) { errors { code } } }"""


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (SET, {"source": "heron", "name": "api_key", "value": ["hunter2222"]}),
        (SET, {"source": "heron", "name": "api_key", "value": {"v": "hunter2222"}}),
        (SET, {"source": "heron", "name": "api_key", "value": 2222_2222}),
        (SET, {"source": "heron", "name": "api_key", "value": "hunter2222" * 3_000}),
        (SET.replace("SecretText!", "String!"), {"value": "hunter2222"}),
        (LITERAL, {}),
        (LITERAL.replace('"hunter2222"', "22222222"), {}),
        (LITERAL.replace('"hunter2222"', '"""hunter2222"""'), {}),
        (LITERAL.replace(") {", " ) { {"), {}),
        (LITERAL.replace("value:", "value"), {}),
        (MISPLACED, {}),
        (LITERAL.replace("setSecret(", 'setSecret(nope: "hunter2222", '), {}),
    ],
)
async def test_no_refusal_repeats_a_secret(
    caller: Caller, query: str, variables: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    response = await caller.post(query, variables)
    assert response.json()["errors"]
    logged = capsys.readouterr()
    for text in (response.text, logged.out, logged.err):
        assert "hunter2222" not in text
        assert "22222222" not in text


async def test_a_refusal_still_says_what_is_wrong(caller: Caller) -> None:
    response = await caller.post(SET, {"source": 7, "name": "api_key", "value": "hunter2222"})
    assert "String cannot represent a non string value: 7" in response.text


async def test_a_literal_is_refused_since_documents_are_kept(caller: Caller) -> None:
    assert "a secret is sent as a variable" in (await caller.post(LITERAL)).text


async def test_a_fault_with_a_secret_in_it_is_hidden_from_the_log(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ""

    async def broken(_: Secrets, which: object, value: Any) -> None:
        nonlocal line
        line = concealed(f"cannot keep {value.text} of {which}")
        raise RuntimeError(f"cannot keep {value.text} of {which}")

    monkeypatch.setattr(Secrets, "set", broken)
    usual = {"source": keyed.SOURCE, "name": keyed.SECRET, "value": "hunter2222"}
    response = await caller.post(SET, usual)
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "hunter2222" not in response.text + line
    assert line.startswith("cannot keep [redacted] of")
    assert concealed("hunter2222") == "hunter2222", "only as long as it is worked with"


async def test_the_audit_names_the_secret_and_nothing_of_its_value(
    caller: Caller, store: Store
) -> None:
    await set_secret(caller)
    rows = await store.read(
        "MATCH (e:AuditEvent {org: $org}) RETURN e.action AS action, e.details AS details ORDER BY e.seq",
        {"org": caller.org},
    )
    told = json.loads(rows[0]["details"])
    assert (rows[0]["action"], told) == ("setSecret", {"source": "heron", "name": "api_key"})


async def test_a_collector_asked_by_name_needs_its_secrets(caller: Caller) -> None:
    start = """mutation { startScan(input: {seeds: ["a.example"], presets: PASSIVE, collectors: ["birds.herons"]}) {
      run { id } errors { message } } }"""
    refused = (await caller.ask(start))["startScan"]
    assert "birds.herons needs the secret api_key of heron" in refused["errors"][0]["message"]
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await set_secret(caller, until=until))["errors"] == []
    started = (await caller.ask(start))["startScan"]
    assert started["errors"] == []
    assert uuid.UUID(started["run"]["id"])


@pytest.mark.parametrize(
    ("fault", "is_asked"), [(Fault.UNAUTHORIZED, True), (Fault.RATE_LIMITED, False)]
)
async def test_a_new_value_is_tried_at_once_where_the_former_was_not_let_in(
    caller: Caller, store: Store, fault: Fault, is_asked: bool
) -> None:
    (collector,) = keyed.registry().collectors
    for name in (collector, "dns.records"):
        for number in range(MOST_FAILURES):
            told = Told(
                caller.org, name, Fence(f"job-{number}", 1), failing(fault), datetime.now(UTC)
            )
            await store.transact(partial(breaker.count, told=told))
    assert (await set_secret(caller))["errors"] == []
    rows = await store.read(
        "MATCH (h:ModuleHealth {org: $org}) WHERE h.until IS NOT NULL RETURN h.module AS module",
        {"org": caller.org},
    )
    assert {row["module"] for row in rows} == {"dns.records", *([] if is_asked else [collector])}


ADD = """mutation A($value: SecretText!, $label: String!) {
  addSourceKey(source: "heron", name: "api_key", value: $value, label: $label) {
    secret { id label state isEnabled version quota { usedToday perDay left } } errors { code message } } }"""
CHANGE = """mutation C($id: ID!, $label: String, $isEnabled: Boolean) {
  changeSourceKey(id: $id, label: $label, isEnabled: $isEnabled) { secret { label state } errors { code message } } }"""
DROP = "mutation D($id: ID!) { removeSourceKey(id: $id) { wasSet errors { code } } }"
LABELS = "{ secrets { label state } }"


async def add(caller: Caller, label: str, value: str = "another-0123456789") -> dict[str, Any]:
    told: dict[str, Any] = (await caller.ask(ADD, label=label, value=value))["addSourceKey"]
    return told


async def test_further_keys_are_added_relabelled_disabled_and_removed(caller: Caller) -> None:
    await set_secret(caller)
    made = (await add(caller, " second "))["secret"]
    key = made.pop("id")
    assert made == {
        "label": "second", "state": "READY", "isEnabled": True, "version": 1,
        "quota": {"usedToday": 0, "perDay": None, "left": None},
    }  # fmt: skip
    off = (await caller.ask(CHANGE, id=key, label="spare", isEnabled=False))["changeSourceKey"]
    assert off["secret"] == {"label": "spare", "state": "DISABLED"}
    listed = (await caller.ask(LABELS))["secrets"]
    assert listed == [
        {"label": "default", "state": "READY"},
        {"label": "spare", "state": "DISABLED"},
    ]
    assert (await caller.ask(DROP, id=key))["removeSourceKey"] == {"wasSet": True, "errors": []}
    assert (await caller.ask(DROP, id=key))["removeSourceKey"]["wasSet"] is False
    assert [each["label"] for each in (await caller.ask(LABELS))["secrets"]] == ["default"]


async def test_a_label_stands_once_and_is_some_word(caller: Caller) -> None:
    await set_secret(caller)
    (double,) = (await add(caller, "default"))["errors"]
    assert (double["code"], "is called 'default'" in double["message"]) == ("CONFLICT", True)
    (empty,) = (await add(caller, " "))["errors"]
    assert empty["message"] == "label: 1 to 60 characters are right"
    key = (await add(caller, "second"))["secret"]["id"]
    told = (await caller.ask(CHANGE, id=key, label="default"))["changeSourceKey"]
    assert [each["code"] for each in told["errors"]] == ["CONFLICT"]
    nothing = (await caller.ask(CHANGE, id=key))["changeSourceKey"]
    assert "there is nothing to change" in nothing["errors"][0]["message"]


async def test_keys_of_another_organization_are_not_there(
    caller: Caller, make_caller: MakeCaller
) -> None:
    key = (await add(caller, "second"))["secret"]["id"]
    other: Caller = await make_caller()
    changed = (await other.ask(CHANGE, id=key, isEnabled=False))["changeSourceKey"]
    assert [each["code"] for each in changed["errors"]] == ["NOT_FOUND"]
    assert (await other.ask(DROP, id=key))["removeSourceKey"]["wasSet"] is False
    assert [each["state"] for each in (await caller.ask(LABELS))["secrets"]] == ["READY"]


async def test_removing_a_secret_removes_all_of_its_keys(caller: Caller) -> None:
    await set_secret(caller)
    await add(caller, "second")
    assert (await caller.ask(REMOVE))["removeSecret"]["wasSet"] is True
    assert (await caller.ask(LABELS))["secrets"] == []
