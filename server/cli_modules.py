"""The commands `mirage module …`: names, options and help."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from server.settings import StackSettings

module_app = typer.Typer(
    no_args_is_help=True,
    help="Collectors, importers, rules and channels: how they stand, and setting them.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Module = Annotated[str, typer.Argument(help="The module's name, such as dns.resolve.")]


@module_app.command(name="list")
def list_modules(
    kind: Annotated[
        Literal["collector", "importer", "rule", "channel"] | None,
        typer.Option(help="Only of this kind."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell which modules there are, whether each is used, works, and has a process and its secrets."""
    from server.commands.modules import show_all

    raise typer.Exit(show_all(StackSettings(), kind and kind.upper(), as_json=as_json))


@module_app.command(name="show")
def show_module(
    module: Module,
    days: Annotated[
        int, typer.Option(min=0, max=30, help="Usage in the runs of so many days; 0 for none.")
    ] = 7,
    as_json: Json = False,
) -> None:
    """Show what a module does, its options, how long its answers are fresh, and how it does."""
    from server.commands.modules import show

    raise typer.Exit(show(StackSettings(), module, days, as_json=as_json))


@module_app.command(name="enable")
def enable_module(module: Module, as_json: Json = False) -> None:
    """Have the organization use a collector or importer again."""
    _enable(module, is_enabled=True, as_json=as_json)


@module_app.command(name="disable")
def disable_module(module: Module, as_json: Json = False) -> None:
    """Have the organization not use a collector or importer, also in runs that are under way."""
    _enable(module, is_enabled=False, as_json=as_json)


@module_app.command(name="configure")
def configure_module(
    module: Module,
    options: Annotated[
        list[str] | None,
        typer.Argument(help="NAME=VALUE of each: a text as it stands, else JSON: ports=[22,443]."),
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option(help="Leave an option to the manifest, by its name.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Set options that are usual in the organization; those that are not named stay as they are."""
    from server.commands.modules import configure

    raise typer.Exit(
        configure(StackSettings(), module, options or (), unset or (), as_json=as_json)
    )


@module_app.command(name="test")
def try_module(
    module: Module,
    key: Annotated[str, typer.Argument(help="What to ask it about, such as example.com.")],
    kind: Annotated[
        str, typer.Option(help="Of which kind that is, where the collector looks at several.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Ask a collector about one entity, really, and show what it says; nothing is kept. Exit code 1 on an error."""
    from server.commands.modules import try_out

    raise typer.Exit(try_out(StackSettings(), module, key, kind, as_json=as_json))


@module_app.command(name="pin")
def pin_module(
    module: Module,
    version: Annotated[
        int | None, typer.Argument(min=1, help="The version with which alone it is asked.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Have any version asked again.")] = False,
    as_json: Json = False,
) -> None:
    """Have a collector asked in one version alone; where no live worker has that, its jobs wait and runs say so."""
    from server.commands.modules import pin

    if off is (version is not None):
        raise typer.BadParameter("give either a version or --off")
    raise typer.Exit(pin(StackSettings(), module, version, as_json=as_json))


@module_app.command(name="reset")
def reset_module(module: Module, as_json: Json = False) -> None:
    """Have a collector that was found not to work asked again at once, such as after a new key."""
    from server.commands.modules import reset

    raise typer.Exit(reset(StackSettings(), module, as_json=as_json))


def _enable(module: str, *, is_enabled: bool, as_json: bool) -> None:
    from server.commands.modules import enable

    raise typer.Exit(enable(StackSettings(), module, is_enabled=is_enabled, as_json=as_json))
