"""The mutations of saved queries."""

from __future__ import annotations

from typing import Any

from tests.support.mutating import ERRORS, Case, World


async def _saved(world: World) -> dict[str, Any]:
    await world.done("saveQuery")
    return {}


CASES_OF_QUERIES = {
    "saveQuery": Case(
        'mutation { saveQuery(input: {name: "role", document: "{ me { role } }", isShared: true}) '
        f"{{ query {{ id number }} {ERRORS} }} }}"
    ),
    "deleteQuery": Case(f'mutation {{ deleteQuery(id: "role") {{ {ERRORS} }} }}', _saved),
}
