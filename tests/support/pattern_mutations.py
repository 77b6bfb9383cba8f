"""The mutations of patterns."""

from __future__ import annotations

from typing import Any

from tests.support.mutating import ERRORS, Case, World
from tests.support.patterns import NAME, TEXT


async def _text(_: World) -> dict[str, Any]:
    return {"text": TEXT}


async def _saved(world: World) -> dict[str, Any]:
    await world.done("savePattern", text=TEXT)
    return {}


CASES_OF_PATTERNS = {
    "savePattern": Case(
        f'mutation S($text: String!) {{ savePattern(name: "{NAME}", text: $text) '
        f"{{ pattern {{ id number }} {ERRORS} }} }}",
        _text,
    ),
    "deletePattern": Case(f'mutation {{ deletePattern(id: "{NAME}") {{ {ERRORS} }} }}', _saved),
}
