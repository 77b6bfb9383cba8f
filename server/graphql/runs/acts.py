"""What is done to a run that is there: pausing, resuming, ending it."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.errors import NotFound
from server.auth.policy import Permission
from server.configuration.kept import Configurations
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import requires
from server.graphql.runs.types import Run, get_run
from server.jobs.scans import Runs
from server.jobs.spec import ScanSpec
from server.scheduling.asking import check_ceiling

RunId = Annotated[strawberry.ID, strawberry.argument(description="The run's id.")]


@strawberry.type(description="The run as it is now, or what to mend.")
@requires(Permission.READ_SCANS)
class RunPayload:
    """The run, or what to mend."""

    run: Run | None = strawberry.field(
        description="The run; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.RUN_SCANS)
@told(RunPayload)
async def pause_run(info: Info, id: RunId) -> RunPayload:
    """Hold a run: none of its jobs is handed out any more; those under way end, and what they find is kept.

    Its minutes do not go on. A run that is paused stays as it is.
    """
    _, runs = await runs_for(info.context, id)
    await runs.pause(id)
    return RunPayload(run=await get_run(info.context, id))


@documented(needs=Permission.RUN_SCANS)
@told(RunPayload)
async def resume_run(info: Info, id: RunId) -> RunPayload:
    """Let a paused run go on where it stood. A run that is not paused, and has not ended, stays as it is."""
    _, runs = await runs_for(info.context, id)
    await runs.resume(id)
    return RunPayload(run=await get_run(info.context, id))


@strawberry.input(description="What to change of a budget; the rest stays as it is.")
class BudgetChangeInput:
    """What to change of a budget."""

    entities: int | None = strawberry.field(default=None, description="Entities in scope.")
    requests: int | None = strawberry.field(default=None, description="Lookups by collectors.")
    minutes: int | None = strawberry.field(
        default=None, description="Minutes from the first lookup, without pauses."
    )
    key_units: int | None = strawberry.field(
        default=None,
        description="Units of keys that lookups cost; what costs some is not asked any more once they are spent.",
    )

    def given(self) -> dict[str, int]:
        """What is to be changed, by name."""
        return {name: value for name, value in vars(self).items() if value is not None}


@documented(needs=Permission.RUN_SCANS)
@told(RunPayload)
async def change_budget(
    info: Info,
    id: RunId,
    budget: Annotated[BudgetChangeInput, strawberry.argument(description="What to change.")],
) -> RunPayload:
    """Change the budget of a run that has not ended.

    Raised, a run that would stop goes on, also with entities for which there was no room. Lowered below what is spent,
    it ends at its next step.
    """
    found, runs = await runs_for(info.context, id)
    wanted = ScanSpec.model_validate(found.spec).with_budget(budget.given())
    counting = await Configurations(info.context.store).counting(info.context.org)
    check_ceiling(wanted.budget, counting.platform.scans.ceiling)
    await runs.change_budget(id, budget.given())
    return RunPayload(run=await get_run(info.context, id))


@documented(needs=Permission.RUN_SCANS)
@told(RunPayload)
async def cancel_run(info: Info, id: RunId) -> RunPayload:
    """End a run. What it found stays; a run that has ended stays as it is."""
    _, runs = await runs_for(info.context, id)
    await runs.cancel(id)
    return RunPayload(run=await get_run(info.context, id))


async def runs_for(context: Context, run: str) -> tuple[Run, Runs]:
    """A run as it is for the caller, and what they do to runs. Raises NotFound where there is none for them."""
    found = await get_run(context, run)
    if found is None:
        raise NotFound(f"there is no run {run}")
    acting = Runs(context.store, context.queue, context.org, context.principal.user, context.now)
    return found, acting
