"""Jobs in processes of their own, so that a collector that kills or hangs its process hurts only its own job.

Such a process is a cell (`server.jobs.cell`). It is told a job's id and fence over a socket, carries the job out as
any collector process would, and says what came of it. Its memory is bounded, it ends itself where its loop stands
still, and it is killed with all its children at its deadline, when the job is lost, or when nobody wants it any more.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict

from pydantic import BaseModel, ConfigDict, ValidationError

from collectors._kit.faults import Fault
from graph.errors import (
    Conflict,
    MirageError,
    SourceUnavailable,
    StorageFull,
    StoreOverloaded,
    StoreUnavailable,
)
from graph.tracing import traceparent
from graph.writer import Fence
from server.cells import Cell, CellDied
from server.jobs.looking import DEADLINE_S, Looked
from server.modules.health import BrokenModule, Evidence, Says, evidence_of_error

GRACE_S = 30.0  # to start, and to write what was found, beyond the batch's own deadline
IDLE_S = 60.0  # a cell that is not asked for so long is ended

COMMAND = (sys.executable, "-P", "-m", "server.jobs.cell")


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Order(_Sent):
    """A job that its holder hands to a cell."""

    lease: str
    fence: int
    traceparent: str = ""  # of the holder's span


def is_blameless(error: MirageError) -> bool:
    """Whether a job failed for want of the database or of room: it waits for these, however long that lasts.

    A database that is there and does not manage what the job asks of it is another matter.
    """
    is_away = isinstance(error, StoreUnavailable) and not isinstance(error, StoreOverloaded)
    return is_away or isinstance(error, StorageFull)


class Outcome(_Sent):
    """What came of it. `failure` is empty where all went well; what is `is_passing` may go well the next time.

    Where the database or a disk failed it, it `is_blameless`: that is no attempt at the job.
    `says`, `fault` and `detail` are the evidence of whether its module works.
    """

    asked: int = 0
    left: int = 0
    trouble: str = ""
    keyless: str = ""
    is_gone: bool = False
    failure: str = ""
    is_passing: bool = False
    is_blameless: bool = False
    says: Says = Says.NOTHING
    fault: Fault | None = None
    detail: str = ""

    @classmethod
    def of(cls, looked: Looked) -> Outcome:
        """A look that ended by itself."""
        told = looked.evidence
        return cls(
            asked=looked.asked, left=looked.left, trouble=looked.trouble,
            keyless=looked.keyless,
            says=told.says, fault=told.fault, detail=told.detail,
        )  # fmt: skip

    @classmethod
    def of_error(cls, error: MirageError) -> Outcome:
        """A look that ended in an error."""
        told = evidence_of_error(error)
        return cls(
            failure=str(error) or error.code, is_passing=error.is_retryable,
            is_blameless=is_blameless(error),
            says=told.says, fault=told.fault, detail=told.detail,
        )  # fmt: skip

    @property
    def evidence(self) -> Evidence:
        """What it says of its module."""
        return Evidence(self.says, self.fault, self.detail)

    def looked(self) -> Looked:
        """The same for the holder.

        Raises Conflict where the job was lost, StoreUnavailable where it is blameless, SourceUnavailable for what else
        may pass, BrokenModule where the module failed, and MirageError.
        """
        if self.is_gone:
            raise Conflict("the job is somebody else's by now")
        if self.is_blameless:
            raise StoreUnavailable(self.failure)
        if self.failure and self.is_passing:
            raise SourceUnavailable(self.failure)
        if self.failure and self.says is Says.FAILS:
            raise BrokenModule(self.failure, self.evidence)
        if self.failure:
            raise MirageError(self.failure)
        return Looked(self.asked, self.left, self.trouble, self.evidence, self.keyless)


async def _carry_out(cell: Cell, order: Order) -> Outcome:
    """Have a cell carry out a job. Raises CellDied."""
    line = await cell.ask(order.model_dump_json().encode())
    try:
        return Outcome.model_validate_json(line)
    except ValidationError as error:
        raise CellDied(await cell.last_words()) from error


class Isolation:
    """The cells of a collector process, a bounded number of them at work at once."""

    def __init__(self, at_once: int) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._idle: dict[str, list[Cell]] = defaultdict(list)
        self._retiring: set[asyncio.Task[None]] = set()

    async def look(self, fence: Fence, lost: asyncio.Event, kept_for: str = "") -> Looked:
        """Have a job that is in hand carried out by a cell; `lost` ends it.

        The cell is kept for more jobs of the same collector where `kept_for` names one. Raises CellDied, Conflict,
        and MirageError as the look itself does.
        """
        async with self._room:
            if lost.is_set():
                raise Conflict("the job was lost before a process was free for it")
            idle = self._idle[kept_for]
            cell = idle.pop() if idle else await Cell.start(COMMAND)
            try:
                span = traceparent() or ""
                order = Order(lease=fence.lease, fence=fence.number, traceparent=span)
                outcome = await self._carried_out(cell, order, lost)
            except BaseException:
                await asyncio.shield(cell.end())
                raise
            if kept_for:
                self._keep(cell, kept_for)
            else:
                await cell.end()
        return outcome.looked()

    async def _carried_out(self, cell: Cell, order: Order, lost: asyncio.Event) -> Outcome:
        answer = asyncio.create_task(_carry_out(cell, order))
        until_lost = asyncio.create_task(lost.wait())
        patience = DEADLINE_S + GRACE_S
        try:
            await asyncio.wait(
                [answer, until_lost], timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            if answer.done():
                return await answer
            if lost.is_set():
                raise Conflict("the job was lost while it was carried out")
            raise CellDied(f"its process gave no answer for {patience:g} s and was ended")
        finally:
            answer.cancel()
            until_lost.cancel()
            await asyncio.gather(answer, until_lost, return_exceptions=True)

    def _keep(self, cell: Cell, kept_for: str) -> None:
        self._idle[kept_for].append(cell)
        task = asyncio.create_task(self._retire(cell, kept_for))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _retire(self, cell: Cell, kept_for: str) -> None:
        """End the cell if nobody has taken it up meanwhile."""
        await asyncio.sleep(IDLE_S)
        if cell in self._idle[kept_for]:
            self._idle[kept_for].remove(cell)
            await cell.end()

    async def aclose(self) -> None:
        """End all that are idle; what is at work is ended by whoever waits for it."""
        for task in self._retiring:
            task.cancel()
        cells = [cell for cells in self._idle.values() for cell in cells]
        self._idle.clear()
        await asyncio.gather(*(cell.end() for cell in cells))
