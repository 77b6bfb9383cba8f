"""`mirage org`, `mirage user` and `mirage key`: names, options and help.

What each does is in `organizations`, `users` and `keys` beside this; as in `server.cli`, a command imports what it
needs when it is run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.settings import StackSettings

organization_app = typer.Typer(
    no_args_is_help=True, help="Organizations of this installation, for its operator."
)
user_app = typer.Typer(no_args_is_help=True, help="Users of this installation, for its operator.")
key_app = typer.Typer(
    no_args_is_help=True,
    help="Keys of any user, and those that sign tokens, for the operator.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Org = Annotated[
    str, typer.Argument(help="The organization: its id, or its name if no other has it.")
]
Email = Annotated[str, typer.Argument(help="The user's e-mail address.")]
Key = Annotated[str, typer.Argument(help="The key: its id, or what follows mk_ in it.")]


def _exit(code: int) -> None:
    raise typer.Exit(code)


@organization_app.command(name="list")
def list_organizations(as_json: Json = False) -> None:
    """Tell which organizations there are, who owns them, and which are closed."""
    from server.commands.organizations import show

    _exit(show(StackSettings(), as_json=as_json))


@organization_app.command(name="add")
def add_organization(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    owner: Annotated[str, typer.Option(help="E-mail address of the user who owns it.")],
    as_json: Json = False,
) -> None:
    """Make an organization; the owner becomes a user where there is none by the address."""
    from server.commands.organizations import add

    _exit(add(StackSettings(), name, owner, as_json=as_json))


@organization_app.command(name="rename")
def rename_organization(
    org: Org,
    name: Annotated[str, typer.Argument(help="What it is called from now on.")],
    as_json: Json = False,
) -> None:
    """Call an organization something else."""
    from server.commands.organizations import rename

    _exit(rename(StackSettings(), org, name, as_json=as_json))


@organization_app.command(name="suspend")
def suspend_organization(org: Org, as_json: Json = False) -> None:
    """Close an organization until it is restored; within a minute nobody is in it any more."""
    from server.commands.organizations import suspend

    _exit(suspend(StackSettings(), org, as_json=as_json))


@organization_app.command(name="restore")
def restore_organization(org: Org, as_json: Json = False) -> None:
    """Open an organization that was suspended, or deleted less than 30 days ago."""
    from server.commands.organizations import restore

    _exit(restore(StackSettings(), org, as_json=as_json))


@organization_app.command(name="delete")
def delete_organization(
    org: Org,
    is_meant: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Close an organization, and have all of it removed after 30 days."""
    from server.commands.organizations import delete

    if not is_meant:
        typer.confirm(f"Delete the organization {org}?", abort=True, err=True)
    _exit(delete(StackSettings(), org, as_json=as_json))


@organization_app.command(name="purge")
def purge_organizations(
    org: Annotated[
        str, typer.Argument(help="Only this one, by its id; all where it is left out.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Remove for good what was deleted 30 days ago or earlier; a conductor does so each hour."""
    from server.commands.organizations import purge

    _exit(purge(StackSettings(), org, as_json=as_json))


@organization_app.command(name="hold")
def hold_organization(
    org: Org,
    reason: Annotated[str, typer.Option(help="Why, for whoever reads of it.")],
    as_json: Json = False,
) -> None:
    """Set a legal hold, also on what is suspended or deleted: nothing of it is removed until that is lifted."""
    from server.commands.organizations import hold

    _exit(hold(StackSettings(), org, reason, as_json=as_json))


@organization_app.command(name="lift-hold")
def lift_hold(
    org: Org,
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever reads of it.")],
    as_json: Json = False,
) -> None:
    """Lift a legal hold of an organization."""
    from server.commands.organizations import lift

    _exit(lift(StackSettings(), org, hold_id, reason, as_json=as_json))


@organization_app.command(name="export")
def export_organization(
    org: Org,
    output: Annotated[
        Path | None, typer.Option(help="A file to write to; standard output where it is left out.")
    ] = None,
) -> None:
    """Hand out everything of an organization but secrets, as lines of JSON."""
    from server.commands.organizations import export

    _exit(export(StackSettings(), org, output))


@user_app.command(name="list")
def list_users(as_json: Json = False) -> None:
    """Tell which users there are and what they belong to."""
    from server.commands.users import show

    _exit(show(StackSettings(), as_json=as_json))


@user_app.command(name="add")
def add_user(
    email: Email,
    name: Annotated[str | None, typer.Option(help="What the user is called.")] = None,
    is_platform_admin: Annotated[
        bool,
        typer.Option("--platform-admin", help="Let the user operate the installation by the API."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a user and print a link to set a password; who is known stays as they are."""
    from server.commands.users import add

    _exit(add(StackSettings(), email, name, is_platform_admin=is_platform_admin, as_json=as_json))


@user_app.command(name="suspend")
def suspend_user(email: Email, as_json: Json = False) -> None:
    """Keep a user out of every organization until restored."""
    from server.commands.users import suspend

    _exit(suspend(StackSettings(), email, is_suspended=True, as_json=as_json))


@user_app.command(name="restore")
def restore_user(email: Email, as_json: Json = False) -> None:
    """Let a suspended user in again."""
    from server.commands.users import suspend

    _exit(suspend(StackSettings(), email, is_suspended=False, as_json=as_json))


@user_app.command(name="passwd")
def reset_password(email: Email, as_json: Json = False) -> None:
    """Print a link by which a user sets a password, once, within a day; former ones end."""
    from server.commands.users import reset

    _exit(reset(StackSettings(), email, as_json=as_json))


@key_app.command(name="list")
def list_keys(
    org: Annotated[str, typer.Option(help="Only of this organization.")] = "",
    user: Annotated[str, typer.Option(help="Only of this user, by e-mail address.")] = "",
    as_json: Json = False,
) -> None:
    """Tell which keys there are: whose, for what, until when, when last used."""
    from server.commands.keys import show

    _exit(show(StackSettings(), org, user, as_json=as_json))


@key_app.command(name="add")
def add_key(
    user: Annotated[str, typer.Option(help="Whose it is, by e-mail address.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    org: Annotated[
        str, typer.Option(help="For which organization; may be left out where there is one.")
    ] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="A permission it is narrowed to; again for each. All without one."),
    ] = None,
    clearance: Annotated[
        str | None, typer.Option(help="The strictest marking it reads; the user's without one.")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=3650, help="After how many days it ends; never without."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key for a user and print it, this once."""
    from server.commands.keys import NewKey, add

    wanted = NewKey(user, org, name, scope, clearance, days)
    _exit(add(StackSettings(), wanted, as_json=as_json))


@key_app.command(name="revoke")
def revoke_key(key: Key, as_json: Json = False) -> None:
    """End a key; within a minute nothing that was opened with it is open any more."""
    from server.commands.keys import revoke

    _exit(revoke(StackSettings(), key, as_json=as_json))


@key_app.command(name="rotate")
def rotate_key(
    key: Key,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=720, help="For how long the former one still works.")
    ] = 24,
    as_json: Json = False,
) -> None:
    """Put a new key in the place of one and print it, this once."""
    from server.commands.keys import rotate

    _exit(rotate(StackSettings(), key, overlap_hours, as_json=as_json))


@key_app.command(name="rotate-signing")
def rotate_signing(
    at_once: Annotated[
        bool,
        typer.Option(
            "--at-once",
            help="End the former ones now, with every access token: for a key that may have leaked.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the next key that signs access tokens; it signs in ten minutes, without a stop."""
    from server.commands.signing import rotate_signing as rotate

    _exit(rotate(StackSettings(), at_once=at_once, as_json=as_json))
