"""The commands `mirage audit`, `mirage config`, `mirage secret` and `mirage vault`: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.settings import StackSettings

audit = typer.Typer(no_args_is_help=True, help="The record of what was done.")
config = typer.Typer(no_args_is_help=True, help="The settings of this environment.")
secret = typer.Typer(no_args_is_help=True, help="Secrets that collectors show to their sources.")
vault = typer.Typer(no_args_is_help=True, help="The master keys that seal secrets.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Kept = Annotated[Path, typer.Argument(help="A file in YAML or JSON, as `export` prints it.")]
Source = Annotated[str, typer.Argument(help="The source whose collectors use it.")]
Name = Annotated[str, typer.Argument(help="Its name, as the source's collectors call it.")]
Key = Annotated[str, typer.Argument(help="The key's id, as `mirage secret list` tells it.")]


@audit.command(name="verify")
def verify_audit(
    org: Annotated[
        str | None,
        typer.Option(help="Only this organization's chain, by its id; empty for the platform's."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell whether every row is as it was written; exit code 1, and the first that is not."""
    from server.commands.keeping import verify_audit as run

    raise typer.Exit(run(StackSettings(), org, as_json=as_json))


@config.command(name="show")
def show_config(as_json: Json = False) -> None:
    """List every setting with its value, where that comes from and who reads it; secrets are not shown."""
    from server.commands.config import show as run

    raise typer.Exit(run(as_json=as_json))


@config.command(name="check")
def check_config(
    role: Annotated[
        str | None,
        typer.Argument(help="Only this role's settings, and whether all it needs are set."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell what is wrong with the settings; exit code 1 if anything is."""
    from server.commands.config import check as run

    raise typer.Exit(run(role, as_json=as_json))


@config.command()
def export() -> None:
    """Print what the organization has set while Mirage runs, with its modules, as a file for `apply`."""
    from server.commands.configuring import export as run

    raise typer.Exit(run(StackSettings()))


@config.command()
def plan(file: Kept, as_json: Json = False) -> None:
    """Show what a file would change of what the organization has set; exit code 1 if it would change anything."""
    from server.commands.configuring import plan as run

    raise typer.Exit(run(StackSettings(), file, as_json=as_json))


@config.command()
def apply(
    file: Kept,
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the versions.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Set for the organization what a file says, all of it or nothing."""
    from server.commands.configuring import apply as run

    raise typer.Exit(run(StackSettings(), file, reason, is_confirmed=yes))


@secret.command(name="set")
def set_secret(
    source: Source,
    name: Name,
    expires_at: Annotated[
        str | None,
        typer.Option(help="From when on it is of no use, such as 2027-01-31T12:00:00Z."),
    ] = None,
) -> None:
    """Set a secret to what is typed or comes on the standard input."""
    from server.commands.keeping import set_secret as run

    raise typer.Exit(run(StackSettings(), source, name, expires_at))


@secret.command(name="list")
def list_secrets(as_json: Json = False) -> None:
    """List which secrets there are, never their values."""
    from server.commands.source_keys import list_secrets as run

    raise typer.Exit(run(StackSettings(), as_json=as_json))


@secret.command(name="needed")
def list_needed(as_json: Json = False) -> None:
    """List the secrets that collectors need, set or not, and what each would make usable."""
    from server.commands.keeping import list_needed as run

    raise typer.Exit(run(StackSettings(), as_json=as_json))


@secret.command(name="add")
def add_key(
    source: Source,
    name: Name,
    label: Annotated[str, typer.Option(help="What to call it, to tell it from the others.")],
    expires_at: Annotated[
        str | None,
        typer.Option(help="From when on it is of no use, such as 2027-01-31T12:00:00Z."),
    ] = None,
) -> None:
    """Add a further key of a secret: what is typed or comes on the standard input."""
    from server.commands.source_keys import add as run

    raise typer.Exit(run(StackSettings(), source, name, label, expires_at))


@secret.command(name="change")
def change_key(
    key: Key,
    label: Annotated[str | None, typer.Option(help="What to call it from now on.")] = None,
    enable: Annotated[
        bool | None,
        typer.Option("--enable/--disable", help="Whether it is used; enabled, it is tried again."),
    ] = None,
) -> None:
    """Call a key otherwise, or have it used or not."""
    from server.commands.source_keys import change as run

    raise typer.Exit(run(StackSettings(), key, label, enable))


@secret.command(name="drop")
def drop_key(key: Key) -> None:
    """Remove one key, and leave the others of its name; exit code 1 if there was none."""
    from server.commands.source_keys import remove as run

    raise typer.Exit(run(StackSettings(), key))


@secret.command(name="test")
def try_keys(
    module: Annotated[str, typer.Argument(help="The collector to ask, such as source.what.")],
    about: Annotated[str, typer.Argument(help="What to ask it about, such as example.com.")],
    kind: Annotated[str, typer.Option(help="Of which kind that is.")] = "DomainName",
    as_json: Json = False,
) -> None:
    """Ask with each key of a collector's source, really, and tell which work; exit code 1 where one does not."""
    from server.commands.source_keys import try_all as run

    raise typer.Exit(run(StackSettings(), module, kind, about, as_json=as_json))


@secret.command(name="remove")
def remove_secret(source: Source, name: Name) -> None:
    """Remove a secret with all of its keys; exit code 1 if there was none."""
    from server.commands.keeping import remove_secret as run

    raise typer.Exit(run(StackSettings(), source, name))


@vault.command()
def rotate(
    lost: Annotated[
        bool,
        typer.Option(
            "--lost", help="The key file is gone for good: begin a new one; what it sealed is lost."
        ),
    ] = False,
) -> None:
    """Make a new master key and put everything under it while Mirage runs; tell which keys are still needed."""
    from server.commands.keeping import rotate as run

    raise typer.Exit(run(StackSettings(), is_lost=lost))


@vault.command()
def drop(version: Annotated[str, typer.Argument(help="The version of an old master key.")]) -> None:
    """Take a master key that nothing uses any more out of the key file."""
    from server.commands.keeping import drop as run

    raise typer.Exit(run(StackSettings(), version))
