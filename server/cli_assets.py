"""The commands `mirage asset …`: names, options and help."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from server.settings import StackSettings

asset_app = typer.Typer(
    no_args_is_help=True, help="How much assets matter: it counts in the risk of what is found."
)


class Criticality(enum.StrEnum):
    """How much an asset matters."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Entities = Annotated[
    list[str], typer.Argument(help="The entities' ids; all of them are rated, or none.")
]


@asset_app.command(name="rate")
def rate_assets(
    entities: Entities,
    to: Annotated[Criticality, typer.Option(help="How much they matter.")],
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    as_json: Json = False,
) -> None:
    """Say how much assets matter, and with them what belongs to them: names, pages, mailboxes, services."""
    from server.commands.assets import rate

    raise typer.Exit(rate(StackSettings(), entities, to.name, reason, as_json=as_json))


@asset_app.command(name="unrate")
def unrate_assets(entities: Entities, as_json: Json = False) -> None:
    """Say nothing any more of how much assets matter."""
    from server.commands.assets import rate

    raise typer.Exit(rate(StackSettings(), entities, None, None, as_json=as_json))


@asset_app.command(name="list")
def list_assets(
    criticalities: Annotated[
        list[Criticality] | None,
        typer.Option("--criticality", help="Only those that matter so much."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the assets of which somebody said how much they matter, latest first."""
    from server.commands.assets import show_all

    names = [each.name for each in criticalities] if criticalities else None
    raise typer.Exit(show_all(StackSettings(), names, as_json=as_json))
