"""The commands `mirage match …`: names, options and help."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from server.settings import StackSettings

match_app = typer.Typer(
    no_args_is_help=True, help="Which entities may be one, and what is decided of them."
)


class State(enum.StrEnum):
    """How a pair stands."""

    OPEN = "open"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Verdict(enum.StrEnum):
    """What is decided of two entities."""

    ACCEPTED = "one"
    REJECTED = "two"
    DEFERRED = "later"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Match = Annotated[str, typer.Argument(help="The pair's id, as `mirage match list` tells it.")]
Matches = Annotated[
    list[str], typer.Argument(help="The pairs' ids; all of them are decided of, or none.")
]
Entity = Annotated[str, typer.Argument(help="The entity's id.")]
Comment = Annotated[str | None, typer.Option(help="What is said about it.")]
Preview = Annotated[
    bool, typer.Option("--preview", help="Only tell which entities would then be one.")
]


@match_app.command(name="list")
def list_matches(
    states: Annotated[
        list[State] | None,
        typer.Option("--state", help="Only those that stand so; open ones without."),
    ] = None,
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", help="Only by this scorer, such as Person.")
    ] = None,
    entity: Annotated[str | None, typer.Option(help="Only with this entity, by its id.")] = None,
    least: Annotated[float, typer.Option(help="Only with at least this score, 0 to 1.")] = 0.0,
    as_json: Json = False,
) -> None:
    """List pairs of entities that may be one, the likeliest first."""
    from server.commands.matches import show_all

    which = {
        "states": [state.name for state in states] if states else None,
        "kinds": kinds or None,
        "entity": entity,
        "least": least,
    }
    raise typer.Exit(show_all(StackSettings(), which, as_json=as_json))


@match_app.command(name="show")
def show_match(match: Match, as_json: Json = False) -> None:
    """Show a pair: what speaks for it and against it, what both have in common, what was decided."""
    from server.commands.matches import show

    raise typer.Exit(show(StackSettings(), match, as_json=as_json))


@match_app.command(name="identity")
def show_identity(entity: Entity, as_json: Json = False) -> None:
    """Tell with whom an entity is held to be one."""
    from server.commands.matches import identity

    raise typer.Exit(identity(StackSettings(), entity, as_json=as_json))


@match_app.command(name="similar")
def list_similar(
    entity: Entity,
    first: Annotated[int, typer.Option(help="How many at most.")] = 10,
    as_json: Json = False,
) -> None:
    """Tell who is like an entity, whether or not that is enough for a pair."""
    from server.commands.matches import similar

    raise typer.Exit(similar(StackSettings(), entity, first, as_json=as_json))


@match_app.command(name="look-alikes")
def list_look_alikes(
    entity: Annotated[
        str | None, typer.Option(help="Only with this domain name, by its id.")
    ] = None,
    least: Annotated[float, typer.Option(help="Only with at least this score, 0 to 1.")] = 0.0,
    as_json: Json = False,
) -> None:
    """List known domain names that look like one's own, the most alike first."""
    from server.commands.matches import look_alikes

    which = {"entity": entity, "least": least}
    raise typer.Exit(look_alikes(StackSettings(), which, as_json=as_json))


@match_app.command(name="accept")
def accept_matches(
    matches: Matches, comment: Comment = None, preview: Preview = False, as_json: Json = False
) -> None:
    """Decide that the two of each pair are one. It can be taken back at any time."""
    _decide(matches, Verdict.ACCEPTED, comment, preview=preview, as_json=as_json)


@match_app.command(name="reject")
def reject_matches(
    matches: Matches, comment: Comment = None, preview: Preview = False, as_json: Json = False
) -> None:
    """Decide that the two of each pair are two."""
    _decide(matches, Verdict.REJECTED, comment, preview=preview, as_json=as_json)


@match_app.command(name="defer")
def defer_matches(matches: Matches, comment: Comment = None, as_json: Json = False) -> None:
    """Decide later."""
    _decide(matches, Verdict.DEFERRED, comment, preview=False, as_json=as_json)


@match_app.command(name="undo")
def undo_matches(matches: Matches, comment: Comment = None, as_json: Json = False) -> None:
    """Take back what is decided: all is as if it had never been, but for the record."""
    from server.commands.matches import undo

    raise typer.Exit(undo(StackSettings(), matches, comment, as_json=as_json))


@match_app.command(name="state")
def state_match(
    left: Annotated[str, typer.Argument(help="One entity's id.")],
    right: Annotated[str, typer.Argument(help="The other's.")],
    verdict: Annotated[Verdict, typer.Argument(help="Whether they are one or two.")],
    comment: Comment = None,
    overrule: Annotated[
        bool, typer.Option("--overrule", help="They are one although a veto speaks against it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Decide of two entities that nothing brought up."""
    from server.commands.matches import state

    given = {
        "left": left, "right": right, "verdict": verdict.name, "comment": comment, "overrules": overrule,
    }  # fmt: skip
    raise typer.Exit(state(StackSettings(), given, as_json=as_json))


@match_app.command(name="labels")
def write_labels(
    file: Annotated[Path, typer.Argument(help="The file to write, one JSON object a line.")],
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", help="Only by this scorer, such as Person.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write what people decided as labelled pairs, from which weights can be fitted."""
    from server.commands.fitting import write_labels as write

    raise typer.Exit(write(StackSettings(), kinds or None, file, as_json=as_json))


@match_app.command(name="fit")
def fit_scorer(
    labels: Annotated[
        Path, typer.Argument(help="Labelled pairs, as `mirage match labels` writes them.")
    ],
    kind: Annotated[str, typer.Option(help="The scorer to fit, such as LegalEntity.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; KIND.yaml without.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fit a scorer's weights and thresholds on labelled pairs, and tell precision, recall, F1 and calibration."""
    from server.commands.fitting import fit_scorer as fit

    raise typer.Exit(fit(labels, kind, output or Path(f"{kind}.yaml"), as_json=as_json))


def _decide(
    matches: list[str], verdict: Verdict, comment: str | None, *, preview: bool, as_json: bool
) -> None:
    from server.commands.matches import decide

    raise typer.Exit(
        decide(
            StackSettings(), matches, verdict.name, comment, only_previews=preview, as_json=as_json
        )
    )
