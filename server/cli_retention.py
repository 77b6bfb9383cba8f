"""The commands `mirage retention`: names, options and help."""

from __future__ import annotations

from typing import Annotated

import typer

from server.settings import StackSettings

retention_app = typer.Typer(
    no_args_is_help=True, help="How long what is kept, what would go, and legal holds."
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever reads of it.")]


@retention_app.command()
def plan(
    having: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="As if this were set, such as evidence_days=90 or runs_days=never."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what would go now for its age, or once something was set; nothing is changed."""
    from server.commands.retention import plan as run

    raise typer.Exit(run(StackSettings(), having or (), as_json=as_json))


@retention_app.command()
def holds(as_json: Json = False) -> None:
    """List legal holds, latest first, also those that were lifted."""
    from server.commands.retention import list_holds as run

    raise typer.Exit(run(StackSettings(), as_json=as_json))


@retention_app.command()
def hold(reason: Reason, as_json: Json = False) -> None:
    """Set a legal hold: nothing of the organization is deleted until it is lifted."""
    from server.commands.retention import hold as run

    raise typer.Exit(run(StackSettings(), reason, as_json=as_json))


@retention_app.command()
def lift(
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id.")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Lift a legal hold. Once none stands, what is old enough goes."""
    from server.commands.retention import lift as run

    raise typer.Exit(run(StackSettings(), hold_id, reason, as_json=as_json))
