"""The commands `mirage pattern …`: names, options and help."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from server.settings import StackSettings

pattern_app = typer.Typer(
    no_args_is_help=True, help="Patterns: questions that are kept, whose rows enter and leave."
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Name = Annotated[str, typer.Argument(help="Its name, such as open_mail, or its id.")]
File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="The pattern: header and statement.")
]


@pattern_app.command(name="list")
def list_patterns(as_json: Json = False) -> None:
    """List the patterns, by name."""
    from server.commands.patterns import show_all

    raise typer.Exit(show_all(StackSettings(), as_json=as_json))


@pattern_app.command(name="show")
def show_pattern(name: Name, as_json: Json = False) -> None:
    """Show how a pattern stands, and its text."""
    from server.commands.patterns import show

    raise typer.Exit(show(StackSettings(), name, as_json=as_json))


@pattern_app.command(name="try")
def try_pattern(
    file: File,
    first: Annotated[int, typer.Option(min=1, max=200, help="How many rows at most.")] = 50,
    as_json: Json = False,
) -> None:
    """Try a pattern on what is there: what it would answer. Nothing is kept."""
    from server.commands.patterns import try_out

    raise typer.Exit(try_out(StackSettings(), file, first, as_json=as_json))


@pattern_app.command(name="save")
def save_pattern(
    file: File,
    name: Annotated[str, typer.Option(help="Its name; the file's where none is given.")] = "",
    expects: Annotated[
        int | None,
        typer.Option(min=0, help="How often it was saved before; 0 where it is new."),
    ] = None,
    told: Annotated[
        bool | None,
        typer.Option("--told/--not-told", help="Whether channels tell of its rows; as it is."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Keep a pattern; its rows are told as they enter and leave from then on."""
    from server.commands.patterns import Draft, save

    draft = Draft(name, expects, told)
    raise typer.Exit(save(StackSettings(), file, draft, as_json=as_json))


@pattern_app.command(name="rows")
def list_rows(
    name: Name,
    past: Annotated[bool, typer.Option("--past", help="Rows that left.")] = False,
    since: Annotated[
        datetime | None, typer.Option(help="Only what entered or left after this moment (UTC).")
    ] = None,
    first: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """List the rows of a pattern, what moved last first."""
    from server.commands.patterns import rows

    raise typer.Exit(rows(StackSettings(), name, since, first, is_in=not past, as_json=as_json))


@pattern_app.command(name="delete")
def delete_pattern(name: Name) -> None:
    """Delete a pattern, with its rows and what is kept of those that left."""
    from server.commands.patterns import delete

    raise typer.Exit(delete(StackSettings(), name))
