"""The mutations of rules."""

from __future__ import annotations

from typing import Any

from tests.support.mutating import ERRORS, Case, World
from tests.support.own_rules import RULE, TEXT


async def _text(_: World) -> dict[str, Any]:
    return {"text": TEXT}


async def _saved(world: World) -> dict[str, Any]:
    await world.done("saveRule", text=TEXT)
    return {}


CASES_OF_RULES = {
    "saveRule": Case(
        f'mutation S($text: String!) {{ saveRule(id: "{RULE}", text: $text) {{ rule {{ id number }} {ERRORS} }} }}',
        _text,
    ),
    "setRule": Case(
        f'mutation {{ setRule(id: "tls.expired", isEnabled: false) {{ rule {{ id isEnabled }} {ERRORS} }} }}'
    ),
    "deleteRule": Case(f'mutation {{ deleteRule(id: "{RULE}") {{ {ERRORS} }} }}', _saved),
    "rollBackRule": Case(
        f'mutation {{ rollBackRule(id: "{RULE}", to: 1) {{ rule {{ number }} {ERRORS} }} }}', _saved
    ),
}
