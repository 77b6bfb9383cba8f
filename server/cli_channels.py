"""The commands `mirage channel …`: names, options and help."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from server.notify.events import ChannelEvent
from server.settings import StackSettings

channel_app = typer.Typer(
    no_args_is_help=True, help="Channels over which the organization is told of what happens."
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Channel = Annotated[
    str, typer.Argument(help="The channel's id, as `mirage channel list` tells it.")
]
Severity = Literal["info", "low", "medium", "high", "critical"]
Marking = Literal["CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"]


@channel_app.command(name="list")
def list_channels(as_json: Json = False) -> None:
    """Tell which channels there are, what each tells of, and whether it has its secrets."""
    from server.commands.channels import show_all

    raise typer.Exit(show_all(StackSettings(), as_json=as_json))


@channel_app.command(name="add")
def add_channel(  # noqa: PLR0913, PLR0917 - each is an option that people give by its name
    module: Annotated[str, typer.Argument(help="The module over which it tells, such as webhook.")],
    name: Annotated[str, typer.Argument(help="What people call it.")],
    events: Annotated[
        list[ChannelEvent], typer.Option("--event", help="What it tells of; once for each.")
    ],
    options: Annotated[
        list[str] | None,
        typer.Option("--option", help="NAME=VALUE of each option: a text as it stands, else JSON."),
    ] = None,
    least: Annotated[
        Severity, typer.Option(help="Of findings, tell of those that matter as much or more.")
    ] = "info",
    ceiling: Annotated[
        Marking | None,
        typer.Option(help="The strictest marking of what goes over it; else the module's own."),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Make it, and do not use it yet.")] = False,
    as_json: Json = False,
) -> None:
    """Make a channel. Secrets that its module needs are asked for, or come on the standard input, a line each."""
    from server.commands.channels import add

    given: dict[str, Any] = {
        "name": name,
        "events": [each.name for each in events],
        "leastSeverity": least.upper(),
        "ceiling": ceiling,
        "isEnabled": not off,
    }
    raise typer.Exit(add(StackSettings(), module, given, options or (), as_json=as_json))


@channel_app.command(name="enable")
def enable_channel(channel: Channel, as_json: Json = False) -> None:
    """Have a channel tell of what happens again."""
    _enable(channel, is_enabled=True, as_json=as_json)


@channel_app.command(name="disable")
def disable_channel(channel: Channel, as_json: Json = False) -> None:
    """Have a channel tell of nothing; what is on its way is given up."""
    _enable(channel, is_enabled=False, as_json=as_json)


@channel_app.command(name="remove")
def remove_channel(channel: Channel) -> None:
    """Delete a channel with its secrets and all its deliveries."""
    from server.commands.channels import remove

    raise typer.Exit(remove(StackSettings(), channel))


@channel_app.command(name="test")
def try_channel(channel: Channel, as_json: Json = False) -> None:
    """Send a notice that tells of nothing, really, and show what comes of it. Exit code 1 where it has not arrived."""
    from server.commands.channels import try_out

    raise typer.Exit(try_out(StackSettings(), channel, as_json=as_json))


@channel_app.command(name="deliveries")
def list_deliveries(
    channel: Channel,
    state: Annotated[
        Literal["due", "delivered", "dead"] | None,
        typer.Option(help="Only those that stand so."),
    ] = None,
    last: Annotated[int, typer.Option(min=1, max=500, help="How many of the last.")] = 20,
    as_json: Json = False,
) -> None:
    """Show what was or is to be sent over a channel, latest first, with what came of it."""
    from server.commands.channels import deliveries

    raise typer.Exit(deliveries(StackSettings(), channel, state, last, as_json=as_json))


@channel_app.command(name="replay")
def replay_delivery(
    delivery: Annotated[str, typer.Argument(help="The delivery's id.")], as_json: Json = False
) -> None:
    """Have a delivery that was given up sent once more."""
    from server.commands.channels import replay

    raise typer.Exit(replay(StackSettings(), delivery, as_json=as_json))


def _enable(channel: str, *, is_enabled: bool, as_json: bool) -> None:
    from server.commands.channels import enable

    raise typer.Exit(enable(StackSettings(), channel, is_enabled=is_enabled, as_json=as_json))
