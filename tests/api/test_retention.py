"""Retention over the API and in commands: what would go, what of evidence is told, and legal holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.facts import Evidence
from graph.model.network import DomainName
from graph.store import Store
from graph.writer import Writer
from tests.api.conftest import Caller, Command, MakeCaller
from tests.support.facts import answer, moment

PLAN = """query P($settings: JSON) { planRetention(settings: $settings) {
  isHeld policies { setting summary own floor ceiling days before needed
    goes { count bytes oldestAt } held { count bytes oldestAt } } } }"""
HOLD = """mutation H($reason: String!) { setLegalHold(reason: $reason) {
  hold { id reason setBy setAt liftedBy liftedAt liftReason } errors { code message } } }"""
LIFT = """mutation L($id: ID!, $reason: String!) { liftLegalHold(id: $id, reason: $reason) {
  hold { id setBy liftedBy liftReason } errors { code message } } }"""
HOLDS = """query Q($standing: Boolean!, $first: Int, $after: String) {
  legalHolds(standing: $standing, first: $first, after: $after) {
    totalCount nodes { id reason } pageInfo { endCursor hasNextPage } } }"""
DELETE = "mutation D($name: String!) { deleteOrganization(name: $name) { purgedAfter errors { code message } } }"
EVIDENCE = "evidence { sha256 removedAt }"
NAME = DomainName(name="kept.example")


async def written(store: Store, caller: Caller) -> None:
    said = answer(NAME, 1, NAME, collector="test.kept")
    async with Writer(store) as writer:
        await writer.write(
            caller.org, [replace(said, evidence=(Evidence.of(b"raw", "text/plain"),))]
        )


async def planned(caller: Caller, **settings: int | None) -> dict[str, Any]:
    given = {f"retention.{name}": days for name, days in settings.items()}
    plan: dict[str, Any] = (await caller.ask(PLAN, settings=given or None))["planRetention"]
    return {each["setting"]: each for each in plan["policies"]} | {"isHeld": plan["isHeld"]}


async def held(caller: Caller, reason: str = "a court asks") -> dict[str, Any]:
    told: dict[str, Any] = (await caller.ask(HOLD, reason=reason))["setLegalHold"]
    assert told["errors"] == []
    return dict(told["hold"])


async def test_what_would_go_is_told_before_it_is_set(caller: Caller, store: Store) -> None:
    await written(store, caller)
    now = await planned(caller)
    assert {each["days"] for name, each in now.items() if name != "isHeld"} == {None}
    found = (await planned(caller, evidence_days=30))["retention.evidence_days"]
    assert found["goes"] == {"count": 1, "bytes": 3, "oldestAt": "2026-01-01T00:00:01Z"}
    assert found["held"] == {"count": 0, "bytes": 0, "oldestAt": None}
    assert (found["own"], found["days"], found["needed"]) == (30, 30, 0)
    await held(caller)
    then = await planned(caller, evidence_days=30)
    assert then["isHeld"] is True
    assert then["retention.evidence_days"]["goes"] == found["held"]
    assert then["retention.evidence_days"]["held"] == found["goes"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"retention.evidence_days": 0}, "greater than or equal to 1"),
        ({"retention.days": 1}, "there is no such setting"),
        ({"scans.exclude": []}, "only settings of retention"),
        ([], "settings: an object"),
    ],
)
async def test_what_cannot_be_set_is_not_planned(caller: Caller, settings: Any, says: str) -> None:
    [error] = (await caller.post(PLAN, {"settings": settings})).json()["errors"]
    assert error["extensions"]["code"] == "INVALID_QUESTION"
    assert says in error["message"]


async def test_evidence_tells_since_when_it_is_kept_no_more(caller: Caller, store: Store) -> None:
    await written(store, caller)
    asked = f"""query E($id: ID!, $key: String!) {{
      domainName(key: $key) {{ why {{ observation {{ {EVIDENCE} }} }} observations {{ nodes {{ {EVIDENCE} }} }} }}
      why(id: $id) {{ observation {{ {EVIDENCE} }} }} }}"""

    async def told() -> list[Any]:
        found = await caller.ask(asked, id=NAME.id_in(caller.org), key=NAME.key)
        observed = found["domainName"]["observations"]["nodes"]
        why = [*found["domainName"]["why"], *found["why"]]
        return [
            each["removedAt"]
            for o in (*observed, *(w["observation"] for w in why))
            for each in o["evidence"]
        ]

    assert await told() == [None, None, None]
    await store.execute(
        "MATCH (e:Evidence {org: $org}) SET e.removed_at = $at",
        {"org": caller.org, "at": moment(60)},
    )
    assert await told() == ["2026-01-01T00:01:00Z"] * 3


async def test_a_hold_is_set_told_and_lifted(caller: Caller, make_caller: MakeCaller) -> None:
    admin: Caller = await make_caller("ADMIN", beside=caller)
    first, second = await held(admin, " a court asks "), await held(caller, "another one")
    assert (first["reason"], first["setBy"], first["liftedAt"]) == ("a court asks", admin.id, None)
    auditor: Caller = await make_caller("AUDITOR", beside=caller)
    page = (await auditor.ask(HOLDS, standing=True, first=1))["legalHolds"]
    assert (page["totalCount"], page["nodes"][0]["id"]) == (2, second["id"])
    behind = page["pageInfo"]["endCursor"]
    page = (await auditor.ask(HOLDS, standing=True, first=1, after=behind))["legalHolds"]
    assert [each["id"] for each in page["nodes"]] == [first["id"]]
    assert page["pageInfo"]["hasNextPage"] is False
    lifted = (await caller.ask(LIFT, id=first["id"], reason="settled"))["liftLegalHold"]
    assert lifted["hold"] == {
        "id": first["id"], "setBy": admin.id, "liftedBy": caller.id, "liftReason": "settled",
    }  # fmt: skip
    page = (await auditor.ask(HOLDS, standing=True))["legalHolds"]
    assert [each["id"] for each in page["nodes"]] == [second["id"]]
    assert (await auditor.ask(HOLDS, standing=False))["legalHolds"]["totalCount"] == 2
    again = (await caller.ask(LIFT, id=first["id"], reason="otherwise"))["liftLegalHold"]
    assert [each["code"] for each in again["errors"]] == ["CONFLICT"]


async def test_under_hold_it_is_not_deleted_and_only_who_may_read_it_hears_of_it(
    caller: Caller, make_caller: MakeCaller
) -> None:
    hold = await held(caller)
    told = (await caller.ask(DELETE, name="Test organization"))["deleteOrganization"]
    [error] = told["errors"]
    assert (told["purgedAfter"], error["code"]) == (None, "ON_LEGAL_HOLD")
    assert f"{hold['id']}, set by {caller.email} on 20" in error["message"]
    assert "a court asks" not in error["message"]
    other: Caller = await make_caller()
    for query, given in (
        (LIFT, {"id": hold["id"], "reason": "x"}),
        (LIFT, {"id": "no", "reason": "x"}),
    ):
        [error] = (await other.ask(query, **given))["liftLegalHold"]["errors"]
        assert error == {"code": "NOT_FOUND", "message": f"there is no legal hold {given['id']}"}
    assert (await other.ask(HOLDS, standing=False))["legalHolds"]["totalCount"] == 0
    await caller.ask(LIFT, id=hold["id"], reason="settled")
    assert (await caller.ask(DELETE, name="Test organization"))["deleteOrganization"][
        "errors"
    ] == []


async def test_commands(mirage: Command) -> None:
    told = await mirage("retention", "plan", "--set", "evidence_days=30", "--json")
    days = {each["setting"]: each["days"] for each in told["policies"]}
    assert (days["retention.evidence_days"], days["retention.runs_days"]) == (30, None)
    assert "for ever" in await mirage("retention", "plan")
    assert "evidence_days=90 or" in await mirage("retention", "plan", "--set", "evidence_days=x")
    hold = await mirage("retention", "hold", "--reason", "a court asks", "--json")
    assert "nothing goes until it is lifted" in await mirage("retention", "plan")
    assert hold["id"] in await mirage("retention", "holds")
    await mirage("retention", "lift", hold["id"], "--reason", "settled")
    [row] = (await mirage("retention", "holds", "--json"))["legal holds"]
    assert (row["reason"], row["lift_reason"]) == ("a court asks", "settled")
