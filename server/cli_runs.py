"""The commands `mirage run …`: names, options and help."""

from __future__ import annotations

from typing import Annotated

import typer

from server.settings import StackSettings

run_app = typer.Typer(
    no_args_is_help=True, help="Runs of scans: how far they are, and holding them."
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Run = Annotated[str, typer.Argument(help="The run's id.")]


@run_app.command(name="list")
def list_runs(
    first: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    as_json: Json = False,
) -> None:
    """Tell which runs there are, latest first, and where they stand."""
    from server.commands.runs import show_all

    raise typer.Exit(show_all(StackSettings(), first, as_json=as_json))


@run_app.command(name="show")
def show_run(run: Run, as_json: Json = False) -> None:
    """Tell how far a run is with each collector, what it has spent, and how long it may take."""
    from server.commands.runs import show

    raise typer.Exit(show(StackSettings(), run, as_json=as_json))


@run_app.command(name="changes")
def changes_of_run(
    run: Run,
    first: Annotated[
        int, typer.Option(min=1, max=500, help="How many at most of each sort of change.")
    ] = 100,
    as_json: Json = False,
) -> None:
    """Tell what appeared since the previous run of its scan, what is gone, and what was not rechecked."""
    from server.commands.run_changes import show

    raise typer.Exit(show(StackSettings(), run, first, as_json=as_json))


@run_app.command(name="groups")
def groups_of_run(
    run: Run,
    first: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 10,
    resolution: Annotated[
        float, typer.Option(min=0.1, max=10.0, help="Over 1 makes them smaller, below 1 larger.")
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """Tell what of a run belongs together, what holds it together, and what leads from one group to others."""
    from server.commands.run_groups import show

    raise typer.Exit(show(StackSettings(), run, first, resolution, as_json=as_json))


@run_app.command(name="pause")
def pause_run(run: Run, as_json: Json = False) -> None:
    """Hold a run: nothing of it is handed out; jobs under way end and are kept."""
    _act("pause", run, as_json=as_json)


@run_app.command(name="resume")
def resume_run(run: Run, as_json: Json = False) -> None:
    """Let a paused run go on where it stood."""
    _act("resume", run, as_json=as_json)


@run_app.command(name="cancel")
def cancel_run(run: Run, as_json: Json = False) -> None:
    """End a run; what it found stays."""
    _act("cancel", run, as_json=as_json)


@run_app.command(name="retry")
def retry_run(run: Run, as_json: Json = False) -> None:
    """Carry out once more what failed in a run that has ended, as a run of its own."""
    _act("retry", run, as_json=as_json)


def _act(what: str, run: str, *, as_json: bool) -> None:
    from server.commands.runs import act

    raise typer.Exit(act(StackSettings(), what, run, as_json=as_json))
