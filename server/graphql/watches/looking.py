"""Looks at one watch: asks its query as its owner would now, and keeps what changed.

The owner's permissions and clearance are those of now, and the question takes from their quotas and is held to the
same limits as one that they send. Answers asked with different rights are not compared: then it begins anew.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from graph.errors import MirageError, NotPermitted
from graph.queries.watch import OwnerRecord
from graph.watches.desk import Answer, Desk, Next, Taken
from graph.watches.difference import Part, difference, written
from graph.writer import Written
from server.auth.policy import Principal, granted
from server.auth.quotas import Quotas
from server.configuration.kept import Configurations
from server.graphql.context import Context
from server.graphql.document import InvalidDocument, Operation
from server.graphql.execution import Answered, Asked, Executor, Question
from server.graphql.watches.metrics import LOOKS, Outcome
from server.graphql.watches.steady import check_watchable, steady
from server.jobs.log import get_logger

log = get_logger(__name__)

EVERY = timedelta(hours=1)
AGAIN = timedelta(minutes=10)  # after it failed
LATER = timedelta(seconds=30)  # where that it could not be asked will pass
PAUSE_S = 5.0  # between two looks at one watch, at least
PAUSES = 20  # or so many times as long as the last one took
MOST_S = 60.0  # of one look with all that belongs to it
MOST_CHARACTERS = 500_000  # of an answer, as JSON


class CannotAsk(Exception):
    """The query cannot be asked, or not answered whole, and will not be by itself."""


class WillPass(Exception):
    """It could not be asked now."""


class NoRight(CannotAsk):
    """Its owner may not ask it any more."""


MakeContext = Callable[[Principal, str], Context]


@dataclass(frozen=True)
class Looker:
    """Looks at watches. One per process; safe for concurrent use."""

    desk: Desk
    executor: Executor
    quotas: Quotas
    make_context: MakeContext
    clock: Callable[[], datetime]

    async def look(self, watch: str, heard: str, seen: str) -> Written | None:
        """Look at a watch, unless somebody else does: what is to be published then.

        `heard` is what happened last in its organization, `seen` in any of them, as places in the stream of events.
        """
        taken = await self.desk.take(watch, heard, self.clock())
        if taken is None:
            return None
        outcome, told = await self._looked(taken, seen)
        LOOKS.labels(outcome).inc()
        return told

    async def _looked(self, taken: Taken, seen: str) -> tuple[Outcome, Written | None]:
        """What came of looking, and what is to be published."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(MOST_S):
                answer = await self._answer_logged(taken)
        except (WillPass, TimeoutError):
            await self.desk.put_off(taken, self.clock() + LATER)
            return Outcome.LATER, None
        except CannotAsk as fault:
            now = self.clock()
            then = Next(seen, now + AGAIN, now + AGAIN)
            keeps_answer = not isinstance(fault, NoRight)
            await self.desk.failed(taken, str(fault), then, now, keeps_answer=keeps_answer)
            return Outcome.FAILED, None
        now = self.clock()
        pause = timedelta(seconds=max(PAUSE_S, PAUSES * (time.monotonic() - began)))
        most = (await Configurations(self.desk.store).counting(taken.org)).own.watches.changes
        then = Next(seen, now + EVERY, now + min(pause, EVERY))
        told = await self.desk.answered(taken, answer, then, now, most)
        return Outcome.CHANGED if told else Outcome.SAME, told

    async def _answer_logged(self, taken: Taken) -> Answer:
        """As `_answer`; what nobody foresaw is logged, and keeps the watch from being asked again at once."""
        try:
            return await self._answer(taken)
        except (CannotAsk, WillPass):
            raise
        except Exception as fault:
            log.exception("a watched query could not be asked", watch=taken.id)
            raise CannotAsk(f"something went wrong here; the log has more of {taken.id}") from fault

    async def _answer(self, taken: Taken) -> Answer:
        """Raises CannotAsk, WillPass."""
        principal = _principal(taken)
        context = self.make_context(principal, str(uuid.uuid4()))
        context.bookmarks = taken.bookmarks
        try:
            asked = await self._ask(taken, context)
            subjects = {"user": principal.user, "organization": principal.org}
            await self.quotas.take(subjects, asked.points)
            answered = await self.executor.answer(asked, context)
        except InvalidDocument as error:
            raise CannotAsk(error.errors[0].message) from error
        except NotPermitted as error:
            raise NoRight(str(error)) from error
        except MirageError as error:
            raise (WillPass if error.is_retryable else CannotAsk)(str(error)) from error
        # Parsing and comparing takes as long as the answer is large; others must not wait for that.
        return await asyncio.to_thread(_compared, taken, asked, answered, principal)

    async def _ask(self, taken: Taken, context: Context) -> Asked:
        query = taken.row.query
        document = str(query["document"])
        # Before it is asked: what is refused there is told to the audit, each time anew.
        [operation] = self.executor.documents.prepare(document).operations.values()
        _check_rights(operation, context.principal)
        asked = await self.executor.ask(
            Question(document, variables=orjson.loads(query["variables"])), context
        )
        check_watchable(self.executor.schema, asked.prepared.document)
        return asked


def _principal(taken: Taken) -> Principal:
    """The owner as they are now. Raises NoRight."""
    owner: OwnerRecord | None = taken.row.owner
    if owner is None:
        raise NoRight(
            "its owner does not belong to the organization any more, or one of both is suspended"
        )
    return Principal(
        user=str(taken.row.watch["owner"]),
        email=owner["email"],
        org=taken.org,
        org_name=owner["org_name"],
        role=owner["role"],
        credential=taken.id,
        permissions=granted(
            owner["role"], owner["own"], None, is_platform_admin=owner["is_platform_admin"]
        ),
        clearance=owner["clearance"],
    )


def _check_rights(operation: Operation, principal: Principal) -> None:
    missing = sorted(operation.permissions.keys() - principal.permissions)
    if missing:
        raise NoRight(f"its owner may not ask it any more: that needs {', '.join(missing)}")


def _compared(taken: Taken, asked: Asked, answered: Answered, principal: Principal) -> Answer:
    """The answer, and in what it differs from the last one. Raises CannotAsk, WillPass."""
    told = orjson.loads(answered.body)
    if errors := told.get("errors"):
        _refuse(errors)
    data = steady(asked.prepared.document, asked.operation.node, told["data"])
    text = written(data).decode()
    if len(text) > MOST_CHARACTERS:
        raise CannotAsk(
            f"its answer has {len(text):,} characters; {MOST_CHARACTERS:,} at most are right, so ask for less"
        )
    return Answer(
        text=text,
        access=principal.access_class,
        clearance=principal.clearance,
        needs=sorted(asked.operation.permissions),
        parts=_parts(taken, data, text, principal),
    )


def _parts(taken: Taken, data: Any, text: str, principal: Principal) -> Sequence[Part]:
    """What changed since the last answer; nothing where there is none that this one can be compared with."""
    before = taken.row.watch
    is_alike = (before.get("number"), before.get("access")) == (
        taken.number,
        principal.access_class,
    )
    if not is_alike or before.get("answer") in (None, text):
        return ()
    return difference(orjson.loads(before["answer"]), data)


def _refuse(errors: Sequence[dict[str, Any]]) -> None:
    if any(each["extensions"].get("retryable") for each in errors):
        raise WillPass(errors[0]["message"])
    raise CannotAsk(f"{errors[0]['message']} ({errors[0]['extensions']['code']})")
