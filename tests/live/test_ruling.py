"""Rules in the document of an organization's configuration: what it says, would change, and changes."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from graph.correlate.books import books_of
from graph.errors import InvalidQuestion, InvalidRule, NotPermitted
from graph.store import Store
from server.configuration import document
from server.configuration.document import Applying, read_document
from tests.support.correlating import NOW
from tests.support.facts import new_org
from tests.support.own_rules import RULE, TEXT, change, keeper

RULES = {
    "own.other": {"enabled": False, "parameters": {"port": 25}, "text": TEXT},
    RULE: {"enabled": True, "parameters": {}, "text": TEXT},
    "tls.expiring": {"enabled": True, "parameters": {"notice": "P60D"}},
    "tls.weak": {"enabled": False, "parameters": {}},
}


def applying(digest: str | None = None, *, may: bool = True) -> Applying:
    return Applying("me", str(uuid.uuid4()), "as in git", digest, may_set_rules=may)


def wanted(rules: dict[str, Any]) -> document.Wanted:
    return read_document({"mirage": 1, "rules": rules})


async def rules_of(store: Store, org: str) -> dict[str, Any]:
    written: dict[str, Any] = (await document.written(store, org))["rules"]
    return written


async def test_a_document_that_was_written_gives_another_organization_the_same(
    store: Store,
) -> None:
    org = new_org()
    planned = await document.plan(store, org, wanted(RULES), NOW)
    assert [each.place for each in planned.changes] == [
        "rules.own.open_relay.text",
        "rules.own.other.enabled",
        "rules.own.other.parameters",
        "rules.own.other.text",
        "rules.tls.expiring.parameters",
        "rules.tls.weak.enabled",
    ]
    assert await rules_of(store, org) == {}
    done = await document.apply(store, org, wanted(RULES), applying(planned.digest), NOW)
    assert done == planned
    assert await rules_of(store, org) == RULES
    book = (await books_of(store, org)).book
    assert {"own.open_relay"} == {name for name in book.rules if name.startswith("own.")}
    assert "tls.weak" not in book.rules
    assert [v.comment for v in await keeper(store, org).versions(RULE, None, 5)] == ["as in git"]
    other = new_org()
    told = read_document(await document.written(store, org))
    await document.apply(store, other, told, applying(), NOW)
    assert await rules_of(store, other) == RULES
    assert (await document.plan(store, other, told, NOW)).changes == ()


async def test_what_a_part_does_not_name_goes_back_and_a_part_that_is_not_there_stays(
    store: Store,
) -> None:
    org = new_org()
    await document.apply(store, org, wanted(RULES), applying(), NOW)
    await document.apply(store, org, read_document({"mirage": 1, "modules": {}}), applying(), NOW)
    assert await rules_of(store, org) == RULES
    await document.apply(store, org, wanted({RULE: {"text": TEXT}}), applying(), NOW)
    assert await rules_of(store, org) == {RULE: RULES[RULE]}
    assert "tls.weak" in (await books_of(store, org)).book.rules


async def test_rules_are_changed_by_whom_they_may_be_and_where_the_database_can_plan_them(
    store: Store,
) -> None:
    org = new_org()
    await keeper(store, org).save(RULE, TEXT, change())
    with pytest.raises(NotPermitted, match="EDIT_RULES"):
        await document.apply(store, org, wanted({}), applying(may=False), NOW)
    same = wanted({RULE: {"text": TEXT}})
    assert (await document.apply(store, org, same, applying(may=False), NOW)).changes == ()
    broken = wanted(
        {
            RULE: {"text": TEXT.replace("0.5 AS score", "0.5 + AS score")},
            "tls.weak": {"enabled": False},
        }
    )
    for doing in (
        document.plan(store, org, broken, NOW),
        document.apply(store, org, broken, applying(), NOW),
    ):
        with pytest.raises(InvalidQuestion, match=r"rules\.own\.open_relay: query: "):
            await doing
    assert await rules_of(store, org) == {RULE: RULES[RULE]}


@pytest.mark.parametrize(
    ("written", "error", "says"),
    [
        ([], InvalidQuestion, "rules: an object of rules"),
        ({"tls.expird": {}}, InvalidQuestion, r"rules\.tls\.expird: is tls\.expired meant"),
        ({"tls.weak": {"on": 1}}, InvalidQuestion, "an object of enabled, parameters, text"),
        ({"tls.weak": {"enabled": 1}}, InvalidQuestion, r"rules\.tls\.weak\.enabled: true or false"),
        ({"tls.weak": {"text": TEXT}}, InvalidQuestion, r"rules\.tls\.weak\.text: only rules"),
        ({"tls.expiring": {"parameters": {"notice": 1}}}, InvalidQuestion, r"rules\.tls\.expiring: parameters\.notice"),
        ({RULE: {}}, InvalidQuestion, r"rules\.own\.open_relay\.text: the rule's text is right"),
        ({"own.Relay": {"text": TEXT}}, InvalidQuestion, r"rules\.own\.Relay: id: "),
        ({RULE: {"text": "x"}}, InvalidRule, r"rules\.own\.open_relay: rule:1: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(
    written: Any, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        wanted(written)
