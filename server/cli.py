"""The `mirage` command: names, options and help; what each does is in `server/commands/`.

Each command imports only what it needs, so that roles stay small and `--help` is quick.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from graph.errors import MirageError
from server import cli_keeping
from server.cli_assets import asset_app
from server.cli_channels import channel_app
from server.cli_findings import finding_app
from server.cli_matches import match_app
from server.cli_modules import module_app
from server.cli_patterns import pattern_app
from server.cli_retention import retention_app
from server.cli_rules import rule_app
from server.cli_runs import run_app
from server.cli_saved import saved_app
from server.cli_schedules import schedule_app
from server.commands.operating import key_app, organization_app, user_app
from server.embedded.role import role_names
from server.memory import undisturbed
from server.settings import StackSettings
from server.version import VERSION

app = typer.Typer(
    name="mirage",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A graph-native intelligence server. Try: mirage demo",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Seeds = Annotated[
    list[str], typer.Argument(help="Domains, addresses, networks, URLs, … to start from.")
]
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Files to read.")]


@app.command()
def up(
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when it is ready and leave it running.")
    ] = False,
) -> None:
    """Start Neo4j, Redis and Mirage on this machine, and keep them running."""
    from server.commands.up import up as run

    _exit(run(StackSettings(), is_detached=detach))


@app.command()
def down() -> None:
    """Stop what `up --detach` or a demo left running. Data is kept."""
    from server.commands.up import down as run

    _exit(run(StackSettings()))


@app.command()
def status(
    watch: Annotated[
        bool, typer.Option("--watch", help="Show services, queues and runs until Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell what runs, where, and how to log in. Exit code 3 if it is not ready."""
    if watch:
        from server.commands.watching import watch as show

        _exit(show(StackSettings()))
    from server.commands.up import status as run

    _exit(run(StackSettings(), as_json=as_json))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Tell what is installed, reachable and out of date. Exit code 1 if something is wrong."""
    from server.commands.doctor import doctor as run

    _exit(run(StackSettings(), as_json=as_json))


@app.command()
def demo(
    exit_at_end: Annotated[
        bool, typer.Option("--exit", help="Stop everything at the end, for scripts.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a summary as one JSON object, the last line.")
    ] = False,
) -> None:
    """Scan a fictional company on this machine and show what Mirage finds."""
    from server.commands.demo import demo as run

    _exit(run(StackSettings(), exits=exit_at_end, as_json=as_json))


@app.command(name="scan")
def scan_seeds(  # noqa: PLR0913, PLR0917 - each is an option that people give by its name
    seeds: Seeds,
    preset: Annotated[
        list[str] | None,
        typer.Option(
            help="What it may do: passive asks third parties, footprint also DNS, attack-surface also visits sites, "
            "deep also connects to ports. Or a topic, such as mail-posture. Several add up.",
            show_default="attack-surface",
        ),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            help="What it may look at, instead of the seeds: a name, address, range, AS64500; or what "
            "bounds it: country:DE, provider:NAME, port:443."
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            help="What never to look at: a name, address, range, AS64500, country:DE, port:25."
        ),
    ] = None,
    max_distance: Annotated[
        int, typer.Option(min=0, max=5, help="Hops from the seeds that are still looked at.")
    ] = 1,
    contact_distance: Annotated[
        int,
        typer.Option(min=0, max=5, help="Hops from the seeds at which names are still contacted."),
    ] = 0,
    authorization: Annotated[
        str, typer.Option(help="Who allowed it, and how that can be shown; deep wants it.")
    ] = "",
    max_age: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Minutes up to which earlier answers are used again; 0 asks everything anew.",
            show_default="as long as each collector's are fresh",
        ),
    ] = None,
    hours: Annotated[
        list[str] | None,
        typer.Option(
            help="When hosts may be contacted, such as 'MON-FRI 22:00-06:00'; else always."
        ),
    ] = None,
    timezone: Annotated[
        str, typer.Option(help="Whose clocks the hours go by, such as Europe/Berlin.")
    ] = "UTC",
    only_plan: Annotated[
        bool, typer.Option("--plan", help="Only show what it would begin with.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Scan from seeds and show what was found."""
    from server.commands.plan import show_plan
    from server.commands.scan import scan

    wanted = {
        "seeds": seeds, "include": include or [], "exclude": exclude or [],
        "maxDistance": max_distance, "contactDistance": contact_distance, "authorization": authorization,
        "maxAgeMinutes": max_age, "hours": hours or [], "timezone": timezone,
    }  # fmt: skip
    if preset:
        wanted["presets"] = [each.upper().replace("-", "_") for each in preset]
    run = show_plan if only_plan else scan
    _exit(run(StackSettings(), wanted, as_json=as_json))


@app.command(name="import")
def import_files(
    files: Files,
    format_: Annotated[
        str, typer.Option("--format", help="The importer; without it, by the content.")
    ] = "",
    marking: Annotated[
        Literal["CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"] | None,
        typer.Option(help="With whom the files may be shared (TLP 2.0).", case_sensitive=False),
    ] = None,
    options: Annotated[
        list[str] | None,
        typer.Option(
            "--option", help="NAME=VALUE of each option of the importer, as JSON or text."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Import files: nmap XML, STIX 2.1, BBOT NDJSON, CSV, lists of indicators."""
    from server.commands.importing import import_files as run

    how = {"format": format_, "marking": marking}
    _exit(run(StackSettings(), files, how, options or (), as_json=as_json))


@app.command()
def query(
    file: Annotated[Path, typer.Argument(help="A file with a GraphQL operation, or - for input.")],
    variables: Annotated[str, typer.Option(help="Its variables as a JSON object.")] = "{}",
) -> None:
    """Ask a GraphQL question and print the answer as JSON."""
    from server.commands.query import query as run

    _exit(run(StackSettings(), file, variables))


@app.command(
    name="test",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def run_tests(
    context: typer.Context,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", help="Leave Neo4j and Redis running, so that the next run is quick."
        ),
    ] = False,
    coverage: Annotated[
        bool,
        typer.Option(
            "--coverage", help="Tell which branches ran; the whole suite has to reach its gates."
        ),
    ] = False,
    thorough: Annotated[
        bool,
        typer.Option("--thorough", help="Draw and measure more, which takes longer."),
    ] = False,
) -> None:
    """Run the tests on a real Neo4j and Redis; other arguments go to pytest."""
    from server.commands.testing import test as run

    _exit(run(context.args, keeps=keep, measures=coverage, is_thorough=thorough))


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        sys.stdout.write(f"mirage {VERSION}\n")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="The version.")
    ] = False,
) -> None:
    """A graph-native intelligence server. Try: mirage demo."""


@app.command()
def tune() -> None:
    """Make a start-up cache (215 MB, two minutes), with which Neo4j starts in half the time."""
    from server.commands.tuning import tune as run

    _exit(run(StackSettings()))


@app.command()
def prepare(
    key_file: Annotated[
        Path | None, typer.Option(help="A file to write the owner's key to, unless it holds one.")
    ] = None,
) -> None:
    """Bring the database's schema up to date, before roles are started."""
    from server.commands.preparing import prepare as run

    _exit(run(key_file))


@app.command(name="owner-key")
def owner_key() -> None:
    """Print a new API key of the owner; earlier ones keep working."""
    from server.commands.preparing import owner_key as run

    _exit(run(StackSettings()))


@app.command()
def schema(
    write: Annotated[bool, typer.Option("--write", help="Renew the file schema.graphql.")] = False,
) -> None:
    """Print the GraphQL schema."""
    from server.graphql.printing import printed_schema

    if write:
        (Path(__file__).parents[1] / "schema.graphql").write_text(printed_schema(), "utf-8")
    else:
        sys.stdout.write(printed_schema())


@app.command()
def new(
    what: Annotated[
        Literal["collector", "importer", "rule", "channel", "kind"],
        typer.Argument(help="What to begin."),
    ],
    name: Annotated[
        str,
        typer.Argument(
            help="Its name, as: heron.names, etc_hosts, exp.open_relay, heron_chat, MailingList."
        ),
    ],
) -> None:
    """Begin a collector, importer, rule, channel or kind of entity with a skeleton that works."""
    from server.commands.new import new as run

    _exit(run(what, name))


@app.command()
def docs(
    pages: Annotated[
        list[str] | None, typer.Argument(help="Such pages by their paths; without one, all.")
    ] = None,
) -> None:
    """Renew the pages that are written from the code: settings, commands, model, rules, schema, permissions."""
    from typer.main import get_command

    from server.commands.reference import renew

    for name in renew(get_command(app), pages or ()):
        sys.stdout.write(f"renewed {name}\n")


@app.command(hidden=True)
def lock() -> None:
    """Renew the requirement locks after pyproject.toml has changed; needs uv."""
    from server.commands.locking import lock as run

    _exit(run())


@app.command(hidden=True)
def health(port: Annotated[int, typer.Argument(help="Loopback port of a role.")]) -> None:
    """Tell whether the role that answers on this port is ready, for health checks."""
    from server.embedded.role import answers_ready

    _exit(0 if answers_ready(port) else 1)


def _add_role(name: str) -> None:
    def run() -> None:
        with undisturbed():
            role = importlib.import_module(f"server.roles.{name}")
        role.main()

    app.command(name=name, help=f"Run the {name} role in this process.", hidden=False)(run)


def _exit(code: int) -> None:
    raise typer.Exit(code)


app.add_typer(run_app, name="run")
app.add_typer(schedule_app, name="schedule")
app.add_typer(module_app, name="module")
app.add_typer(finding_app, name="finding")
app.add_typer(asset_app, name="asset")
app.add_typer(match_app, name="match")
app.add_typer(rule_app, name="rule")
app.add_typer(pattern_app, name="pattern")
app.add_typer(saved_app, name="saved")
app.add_typer(channel_app, name="channel")
app.add_typer(retention_app, name="retention")
app.add_typer(organization_app, name="org")
app.add_typer(user_app, name="user")
app.add_typer(key_app, name="key")
app.add_typer(cli_keeping.audit, name="audit")
app.add_typer(cli_keeping.config, name="config")
app.add_typer(cli_keeping.secret, name="secret")
app.add_typer(cli_keeping.vault, name="vault")

for _name in role_names():
    _add_role(_name)


def main() -> None:
    """Run the command given by the arguments; our own errors are a sentence, not a traceback."""
    try:
        app(prog_name="mirage")
    except (MirageError, ValidationError) as problem:
        sys.stderr.write(f"mirage: {problem}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
