"""The mutations of saved queries."""

from __future__ import annotations

from typing import Any

from tests.support.mutating import ERRORS, Case, World


async def _saved(world: World) -> dict[str, Any]:
    await world.done("saveQuery")
    return {}


async def _watched(world: World) -> dict[str, Any]:
    await _saved(world)
    await world.done("watchQuery")
    return {}


CASES_OF_QUERIES = {
    "saveQuery": Case(
        'mutation { saveQuery(input: {name: "role", document: "{ me { role } }", isShared: true}) '
        f"{{ query {{ id number }} {ERRORS} }} }}"
    ),
    "watchQuery": Case(
        f'mutation {{ watchQuery(id: "role", isTold: true) {{ query {{ id watch {{ isTold }} }} {ERRORS} }} }}',
        _saved,
    ),
    "unwatchQuery": Case(
        f'mutation {{ unwatchQuery(id: "role") {{ query {{ id watch {{ isTold }} }} {ERRORS} }} }}',
        _watched,
    ),
    "deleteQuery": Case(f'mutation {{ deleteQuery(id: "role") {{ {ERRORS} }} }}', _saved),
}
