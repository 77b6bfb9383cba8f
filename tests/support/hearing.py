"""What a caller is told, asked everything: recorded, to be compared with what they are told later."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import pytest

from server.graphql.execution import Executor
from tests.support.asking import ALONE, ROOTS_OF_KINDS, Asking
from tests.support.selections import Block, operations
from tests.support.thoroughness import QUESTIONS, some


class Asks(Protocol):
    """Somebody who can ask."""

    async def post(self, query: str, variables: dict[str, Any] | None = None) -> httpx.Response:
        """Ask in process."""
        ...


VOLATILE = {"bookmark", "correlationId", "lastUsedAt", "tookMs"}
"""What differs between two answers to one question: of the request and the database, or a time that was measured."""


def stable(value: Any) -> Any:
    """An answer without what is different each time."""
    if isinstance(value, dict):
        return {name: stable(each) for name, each in value.items() if name not in VOLATILE}
    return [stable(each) for each in value] if isinstance(value, list) else value


async def told_of(caller: Asks, asked: str, given: str) -> str:
    """What somebody is told who asks something about the id `given`, as text that is the same whatever the id."""
    return repr(stable((await caller.post(asked)).json())).replace(given, "ID")


@dataclass(frozen=True)
class Heard:
    """What a caller was told, operation by operation."""

    operations: Sequence[Block]
    answers: Sequence[Any]

    @property
    def text(self) -> str:
        """All of it as text."""
        return json.dumps(self.answers)

    @property
    def types(self) -> set[str]:
        """The types of which at least one object was told."""
        return _types(self.answers)


def _types(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["__typename"]} if "__typename" in value else set()
        return own.union(*map(_types, value.values()))
    return set().union(*map(_types, value)) if isinstance(value, list) else set()


@dataclass(frozen=True)
class Questions:
    """Operations to ask, by the way they are answered.

    `by_fields` go field by field, `by_statements` by a statement of the database for each root field, and `changing` so
    at first and by statements later.
    """

    by_fields: Sequence[Block]
    by_statements: Sequence[Block]
    changing: Sequence[Block]


WALKS = ("neighborhood", "paths")
"""Field by field these take long, and which of equally short ways are given is open."""


def questions(asking: Asking, share: float = 1.0) -> Questions:
    """All that begins at no kind of entity by statements, and the rest field by field.

    Of what begins at a kind `share` is asked, by turns: it takes most of the time, and kinds differ in names only.

    The database plans each statement anew, which takes most of the time, and kinds differ in names only. So of what
    begins at a kind only some is drawn to be asked by statements, too, and some of how it was at a moment:
    `MIRAGE_TEST_QUESTIONS` says how many. Both ways must give equal answers; other tests hold that they do.
    """
    wanted = QUESTIONS
    now, past, draw = (
        asking.now(),
        asking.past(),
        random.Random(1 if os.environ.get("CI") else None),
    )
    of_kinds = [each for each in now if each.root in ROOTS_OF_KINDS]
    of_kinds = some(of_kinds, round(share * len(of_kinds)))
    others = [each for each in now if each.root not in ROOTS_OF_KINDS]
    few = draw.sample(of_kinds, min(wanted, len(of_kinds)))
    past = draw.sample(past, min(10 * wanted, len(past)))
    sys.stdout.write("".join(f"by a statement: {each.text}\n" for each in few))
    return Questions(
        asked([*(each for each in of_kinds if each not in few), *past]),
        asked([each for each in others if each.root in WALKS]),
        asked([*(each for each in others if each.root not in WALKS), *few]),
    )


def asked(blocks: Sequence[Block]) -> list[Block]:
    """The operations that ask all of it."""
    alone = [block for block in blocks if block.covers & ALONE]
    together = operations(each for each in blocks if each not in alone)
    return [*together, *(made for each in alone for made in operations([each]))]


async def hear(caller: Asks, wanted: Questions, *, again: bool = False) -> Heard:
    """Ask everything, for the first time or again."""
    statements = [*wanted.by_statements, *(wanted.changing if again else [])]
    fields = [*wanted.by_fields, *([] if again else wanted.changing)]
    answers = {id(each): await _answer(caller, each) for each in statements}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Executor, "_compiled_operation", lambda *_: None)
        answers |= {id(each): await _answer(caller, each) for each in fields}
    every = [*wanted.by_fields, *wanted.by_statements, *wanted.changing]
    return Heard(every, [answers[id(each)] for each in every])


async def _answer(caller: Asks, operation: Block) -> Any:
    body = (await caller.post(operation.text)).json()
    if not operation.covers & ALONE:
        assert "errors" not in body, (body["errors"], operation.text)
    return stable(body)


def unlike(before: Heard, after: Heard) -> list[str]:
    """The operations whose answers differ, with what differs."""
    found = []
    for operation, one, other in zip(before.operations, before.answers, after.answers, strict=True):
        if one != other:
            found += [f"{operation.text}\n{line}" for line in _differences(one, other, "")]
    return found


def _differences(one: Any, other: Any, path: str) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [d for key in one for d in _differences(one[key], other[key], f"{path}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [d for i, pair in pairs for d in _differences(*pair, f"{path}[{i}]")]
    return [] if one == other else [f"{path}: {json.dumps(one)[:300]} != {json.dumps(other)[:300]}"]


def covered(blocks: Sequence[Block]) -> frozenset[str]:
    """The fields that are asked for."""
    return frozenset().union(*(block.covers for block in blocks))
