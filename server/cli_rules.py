"""The commands `mirage rule …`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.settings import StackSettings

rule_app = typer.Typer(
    no_args_is_help=True, help="Correlation rules: what they look for, and trying one's own."
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]


@rule_app.command(name="list")
def list_rules(as_json: Json = False) -> None:
    """List the rules, by name."""
    from server.commands.rules import show_all

    raise typer.Exit(show_all(StackSettings(), as_json=as_json))


@rule_app.command(name="show")
def show_rule(
    rule: Annotated[str, typer.Argument(help="Its name, such as tls.expired.")],
    as_json: Json = False,
) -> None:
    """Show what a rule finds, what that means, and how it asks."""
    from server.commands.rules import show

    raise typer.Exit(show(StackSettings(), rule, as_json=as_json))


@rule_app.command(name="try")
def try_rule(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="The rule, as `mirage new rule` begins one."
        ),
    ],
    first: Annotated[int, typer.Option(min=1, max=200, help="How many findings at most.")] = 50,
    as_json: Json = False,
) -> None:
    """Try a rule on what is there: what it would find, and what that takes. Nothing is kept."""
    from server.commands.rules import try_out

    raise typer.Exit(try_out(StackSettings(), file, first, as_json=as_json))
