"""The commands `mirage schedule …`: names, options and help."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from server.settings import StackSettings

schedule_app = typer.Typer(no_args_is_help=True, help="Scans that are started by the clock.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Scan = Annotated[str, typer.Argument(help="The scan's id, as `mirage run show` tells it.")]
Next = Annotated[
    int, typer.Option("--next", min=1, max=50, help="How many of the next runs are shown.")
]


@schedule_app.command(name="list")
def list_schedules(as_json: Json = False) -> None:
    """Tell which scans are started by the clock, when next, and what came of the last time."""
    from server.commands.schedules import show_all

    raise typer.Exit(show_all(StackSettings(), as_json=as_json))


@schedule_app.command(name="show")
def show_schedule(scan: Scan, coming: Next = 5, as_json: Json = False) -> None:
    """Show when a scan is started, its next runs, and what became of the last moments."""
    from server.commands.schedules import show

    raise typer.Exit(show(StackSettings(), scan, coming, as_json=as_json))


@schedule_app.command(name="set")
def set_schedule(  # noqa: PLR0913, PLR0917 - each is an option that people give by its name
    scan: Scan,
    cron: Annotated[
        str | None,
        typer.Option(help="Minute, hour, day of month, month, day of week: '30 3 * * MON-FRI'."),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="The time zone in which they are meant, such as Europe/Berlin."),
    ] = None,
    jitter: Annotated[
        int | None, typer.Option(min=0, help="By how many seconds a run may begin later.")
    ] = None,
    missed: Annotated[
        Literal["skip", "run-once"] | None,
        typer.Option(help="What is done about a moment that was missed."),
    ] = None,
    grace: Annotated[
        int | None, typer.Option(min=1, help="How many minutes late a missed run may begin.")
    ] = None,
    overlap: Annotated[
        Literal["skip", "queue", "cancel-running"] | None,
        typer.Option(help="What is done while an earlier run has not ended."),
    ] = None,
    is_enabled: Annotated[
        bool | None, typer.Option("--on/--off", help="Whether it starts runs.")
    ] = None,
    coming: Next = 5,
    as_json: Json = False,
) -> None:
    """Have a scan started by the clock; what is left out stays as it is. New ones are in UTC, without jitter."""
    from server.commands.schedules import change

    given = {
        "cron": cron, "timezone": timezone, "jitterSeconds": jitter, "missedRunPolicy": _word(missed),
        "missedRunGraceMinutes": grace, "overlapPolicy": _word(overlap), "isEnabled": is_enabled,
    }  # fmt: skip
    wanted = {name: value for name, value in given.items() if value is not None}
    raise typer.Exit(change(StackSettings(), scan, wanted, coming, as_json=as_json))


@schedule_app.command(name="remove")
def remove_schedule(scan: Scan, as_json: Json = False) -> None:
    """Start a scan by the clock no more; its runs stay. Exit code 1 if it had no schedule."""
    from server.commands.schedules import remove

    raise typer.Exit(remove(StackSettings(), scan, as_json=as_json))


def _word(given: str | None) -> str | None:
    """A word of the terminal as the API has it: run-once is RUN_ONCE."""
    return given.upper().replace("-", "_") if given else None
