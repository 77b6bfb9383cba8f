"""The commands `mirage rule …`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.settings import StackSettings

rule_app = typer.Typer(
    no_args_is_help=True, help="Correlation rules: what they look for, and one's own."
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Rule = Annotated[str, typer.Argument(help="Its name, such as tls.expired or own.open_relay.")]
Own = Annotated[str, typer.Argument(help="Its name, such as own.open_relay.")]
File = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, help="The rule, as `mirage new rule` begins one."),
]
Comment = Annotated[str, typer.Option(help="Why, for whoever reads the versions.")]
Expects = Annotated[
    int | None,
    typer.Option(min=0, help="The version that this goes from; 0 where there is none yet."),
]


@rule_app.command(name="list")
def list_rules(as_json: Json = False) -> None:
    """List the rules, by name."""
    from server.commands.rules import show_all

    raise typer.Exit(show_all(StackSettings(), as_json=as_json))


@rule_app.command(name="show")
def show_rule(rule: Rule, as_json: Json = False) -> None:
    """Show what a rule finds, what that means, and how it asks."""
    from server.commands.rules import show

    raise typer.Exit(show(StackSettings(), rule, as_json=as_json))


@rule_app.command(name="try")
def try_rule(
    file: File,
    first: Annotated[int, typer.Option(min=1, max=200, help="How many findings at most.")] = 50,
    as_json: Json = False,
) -> None:
    """Try a rule on what is there: what it would find, and what that takes. Nothing is kept."""
    from server.commands.rules import try_out

    raise typer.Exit(try_out(StackSettings(), file, first, as_json=as_json))


@rule_app.command(name="save")
def save_rule(
    file: File,
    name: Annotated[
        str, typer.Option(help="Its name; own. and the file's name where none is given.")
    ] = "",
    enabled: Annotated[
        bool | None,
        typer.Option("--on/--off", help="Whether it is evaluated; without, that stays as it is."),
    ] = None,
    comment: Comment = "",
    expects: Expects = None,
    as_json: Json = False,
) -> None:
    """Keep a rule of one's own, as a new version; everything is evaluated by it within seconds."""
    from server.commands.rules import Said, save

    said = Said(comment, expects)
    raise typer.Exit(save(StackSettings(), file, name, said, is_enabled=enabled, as_json=as_json))


@rule_app.command(name="set")
def set_rule(
    rule: Rule,
    parameters: Annotated[
        list[str] | None,
        typer.Argument(
            help="NAME=VALUE of each: a duration or a text as it stands, else JSON: ports=[22,443]."
        ),
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option(help="Leave a parameter at its default, by its name.")
    ] = None,
    comment: Comment = "",
    expects: Expects = None,
    as_json: Json = False,
) -> None:
    """Set parameters of a rule for the organization; those that are not named stay as they are."""
    from server.commands.rules import Said, set_parameters

    said = Said(comment, expects)
    raise typer.Exit(
        set_parameters(StackSettings(), rule, parameters or (), unset or (), said, as_json=as_json)
    )


@rule_app.command(name="enable")
def enable_rule(rule: Rule, comment: Comment = "", as_json: Json = False) -> None:
    """Have a rule evaluated in the organization again."""
    from server.commands.rules import Said, enable

    raise typer.Exit(enable(StackSettings(), rule, Said(comment), is_enabled=True, as_json=as_json))


@rule_app.command(name="disable")
def disable_rule(rule: Rule, comment: Comment = "", as_json: Json = False) -> None:
    """Have a rule not evaluated in the organization; its findings are closed."""
    from server.commands.rules import Said, enable

    raise typer.Exit(
        enable(StackSettings(), rule, Said(comment), is_enabled=False, as_json=as_json)
    )


@rule_app.command(name="delete")
def delete_rule(rule: Own, comment: Comment = "") -> None:
    """Delete a rule of one's own: its findings are closed, its versions stay."""
    from server.commands.rules import delete

    raise typer.Exit(delete(StackSettings(), rule, comment))


@rule_app.command(name="versions")
def list_versions(
    rule: Rule,
    first: Annotated[int, typer.Option(min=1, max=50, help="How many at most.")] = 20,
    as_json: Json = False,
) -> None:
    """List how a rule was set, latest first, also one that was deleted."""
    from server.commands.rules import versions

    raise typer.Exit(versions(StackSettings(), rule, first, as_json=as_json))


@rule_app.command(name="rollback")
def roll_back_rule(
    rule: Rule,
    to: Annotated[
        int,
        typer.Option(min=0, help="The version to go back to; 0 for a rule of Mirage as it came."),
    ],
    comment: Comment = "",
    as_json: Json = False,
) -> None:
    """Set a rule as it was in an earlier version, as a new version."""
    from server.commands.rules import roll_back

    raise typer.Exit(roll_back(StackSettings(), rule, to, comment, as_json=as_json))
