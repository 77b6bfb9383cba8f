"""The commands `mirage saved …`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.settings import StackSettings

saved_app = typer.Typer(no_args_is_help=True, help="Saved queries: kept by name, asked by name.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Name = Annotated[str, typer.Argument(help="Its name, such as expiring, or its id.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The document.")]
Variables = Annotated[str, typer.Option(help="Values of its variables, as a JSON object.")]


@saved_app.command(name="list")
def list_saved(as_json: Json = False) -> None:
    """List one's own saved queries and those that others share."""
    from server.commands.saved import show_all

    raise typer.Exit(show_all(StackSettings(), as_json=as_json))


@saved_app.command(name="show")
def show_saved(name: Name, as_json: Json = False) -> None:
    """Show a saved query with its document."""
    from server.commands.saved import show

    raise typer.Exit(show(StackSettings(), name, as_json=as_json))


@saved_app.command(name="save")
def save_query(
    file: File,
    name: Annotated[str, typer.Option(help="Its name; the file's where none is given.")] = "",
    variables: Variables = "{}",
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    shared: Annotated[
        bool, typer.Option("--shared", help="All of the organization may see and ask it.")
    ] = False,
    marking: Annotated[
        str, typer.Option(help="Who may see its text: CLEAR, GREEN, AMBER, AMBER_STRICT, RED.")
    ] = "",
) -> None:
    """Keep a query by its name."""
    from server.commands.saved import Draft, save

    draft = Draft(name, variables, description, shared, marking)
    raise typer.Exit(save(StackSettings(), file, draft))


@saved_app.command(name="run")
def run_saved(name: Name, variables: Variables = "{}") -> None:
    """Ask a saved query; exit code 1 where the answer holds errors."""
    from server.commands.saved import run

    raise typer.Exit(run(StackSettings(), name, variables))


@saved_app.command(name="watch")
def watch_saved(
    name: Name,
    told: Annotated[
        bool | None,
        typer.Option("--told/--not-told", help="Whether channels tell of changes; as it is."),
    ] = None,
) -> None:
    """Have a query asked as things happen, and keep what changes in its answer."""
    from server.commands.saved import watch

    raise typer.Exit(watch(StackSettings(), name, is_told=told))


@saved_app.command(name="unwatch")
def unwatch_saved(name: Name) -> None:
    """Watch a query no more; what changed in its answer is forgotten."""
    from server.commands.saved import unwatch

    raise typer.Exit(unwatch(StackSettings(), name))


@saved_app.command(name="changes")
def show_changes(
    name: Name,
    first: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 20,
    follow: Annotated[
        bool, typer.Option("--follow", help="Show what changes from now on, until Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what changed in the answer to a watched query, the last change first."""
    from server.commands import saved

    if follow:
        raise typer.Exit(saved.follow(StackSettings(), name))
    raise typer.Exit(saved.changes(StackSettings(), name, first, as_json=as_json))


@saved_app.command(name="delete")
def delete_saved(name: Name) -> None:
    """Delete a saved query."""
    from server.commands.saved import delete

    raise typer.Exit(delete(StackSettings(), name))
