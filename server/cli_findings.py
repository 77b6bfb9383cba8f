"""The commands `mirage finding …`: names, options and help."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from server.commands.meant import Meant
from server.settings import StackSettings

finding_app = typer.Typer(
    no_args_is_help=True, help="What rules found wrong or remarkable, and what people make of it."
)


class State(enum.StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    CLOSED = "closed"
    SUPPRESSED = "suppressed"


class Severity(enum.StrEnum):
    """How much a finding matters."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Stage(enum.StrEnum):
    """How far people are with a finding."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in-progress"
    RESOLVED = "resolved"


class Order(enum.StrEnum):
    """The order of findings."""

    SEVERITY = "severity"
    RISK = "risk"
    OPENED_AT = "opened-at"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Finding = Annotated[
    str, typer.Argument(help="The finding's id, as `mirage finding list` tells it.")
]
Findings = Annotated[
    list[str] | None,
    typer.Argument(
        help="The findings' ids; all of them are changed, or none. Without, those that meet the conditions."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether so many are meant.")]
States = Annotated[
    list[State] | None,
    typer.Option("--state", help="Only those that stand so; open ones without."),
]
Severities = Annotated[
    list[Severity] | None,
    typer.Option("--severity", help="Only those that matter so much."),
]
Rules = Annotated[list[str] | None, typer.Option("--rule", help="Only those by this rule.")]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="Only those about entities of this kind.")
]
Stages = Annotated[
    list[Stage] | None, typer.Option("--triage", help="Only those with which people are so far.")
]
Assignees = Annotated[
    list[str] | None,
    typer.Option("--assignee", help="Only theirs, by e-mail address; `nobody` for nobody's."),
]


@finding_app.command(name="list")
def list_findings(  # noqa: PLR0913, PLR0917 - each is an option that people give by its name
    states: States = None,
    severities: Severities = None,
    rules: Rules = None,
    kinds: Kinds = None,
    stages: Stages = None,
    assignees: Assignees = None,
    order: Annotated[Order, typer.Option(help="The order.")] = Order.SEVERITY,
    as_json: Json = False,
) -> None:
    """List findings, gravest first."""
    from server.commands.findings import show_all

    which = _which(states, severities, rules, _where(kinds, stages, assignees))
    which["orderBy"] = order.name
    raise typer.Exit(show_all(StackSettings(), which, as_json=as_json))


@finding_app.command(name="count")
def count_findings(  # noqa: PLR0913, PLR0917 - each is an option that people give by its name
    states: States = None,
    severities: Severities = None,
    rules: Rules = None,
    kinds: Kinds = None,
    stages: Stages = None,
    assignees: Assignees = None,
    as_json: Json = False,
) -> None:
    """Tell how many findings there are by severity, rule, kind, and how far people are with them."""
    from server.commands.findings import count

    which = _which(states, severities, rules, _where(kinds, stages, assignees))
    raise typer.Exit(count(StackSettings(), which, as_json=as_json))


@finding_app.command(name="show")
def show_finding(finding: Finding, as_json: Json = False) -> None:
    """Show a finding: what it means, what it rests on, what happened to it."""
    from server.commands.findings import show

    raise typer.Exit(show(StackSettings(), finding, as_json=as_json))


@finding_app.command(name="triage")
def triage_findings(  # noqa: PLR0913, PLR0917 - each is an option that people give by its name
    findings: Findings = None,
    to: Annotated[Stage | None, typer.Option(help="How far people are with them.")] = None,
    assign: Annotated[
        str | None,
        typer.Option(help="Whose they are: a member's e-mail address, or `nobody`."),
    ] = None,
    due: Annotated[
        str | None,
        typer.Option(help="Until when they are to be dealt with (RFC 3339), or `never`."),
    ] = None,
    comment: Annotated[str | None, typer.Option(help="What is said about it.")] = None,
    severities: Severities = None,
    rules: Rules = None,
    kinds: Kinds = None,
    stages: Stages = None,
    assignees: Assignees = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Move findings on, give them to somebody, set until when, or comment on them: by ids, or by conditions."""
    from server.commands.findings import triage

    given: dict[str, Any] = {
        "triage": to.name if to else None,
        "assignee": "" if assign == "nobody" else assign,
        "dueAt": None if due == "never" else due,
        "clearDueAt": due == "never",
        "comment": comment,
    }
    which = _which(None, severities, rules, _where(kinds, stages, assignees))
    meant = Meant(findings or (), which, is_confirmed=yes)
    raise typer.Exit(triage(StackSettings(), meant, given, as_json=as_json))


@finding_app.command(name="suppress")
def suppress_findings(  # noqa: PLR0913, PLR0917 - each is an option that people give by its name
    reason: Annotated[str, typer.Option(help="Why nobody need be told of them.")],
    findings: Findings = None,
    until: Annotated[
        str | None, typer.Option(help="When that ends by itself (RFC 3339); never without.")
    ] = None,
    severities: Severities = None,
    rules: Rules = None,
    kinds: Kinds = None,
    stages: Stages = None,
    assignees: Assignees = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Set findings aside, also when they are found again: by ids, or by conditions."""
    from server.commands.findings import suppress

    which = _which(None, severities, rules, _where(kinds, stages, assignees))
    meant = Meant(findings or (), which, is_confirmed=yes)
    raise typer.Exit(suppress(StackSettings(), meant, reason, until, as_json=as_json))


@finding_app.command(name="lift")
def lift_suppressions(
    findings: Findings = None,
    comment: Annotated[str | None, typer.Option(help="What is said about it.")] = None,
    rules: Rules = None,
    kinds: Kinds = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Tell of findings again that were set aside: by ids, or by conditions."""
    from server.commands.findings import lift

    which = _which([State.SUPPRESSED], None, rules, _where(kinds, None, None))
    meant = Meant(findings or (), which, is_confirmed=yes)
    raise typer.Exit(lift(StackSettings(), meant, comment, as_json=as_json))


def _which(
    states: list[State] | None,
    severities: list[Severity] | None,
    rules: list[str] | None,
    where: dict[str, Any],
) -> dict[str, Any]:
    return {
        "states": _names(states),
        "severities": _names(severities),
        "rules": rules or None,
        "where": where,
    }


def _where(
    kinds: list[str] | None, stages: list[Stage] | None, assignees: list[str] | None
) -> dict[str, Any]:
    theirs = ["" if each == "nobody" else each for each in assignees or ()]
    return {"kinds": kinds or None, "triage": _names(stages), "assignees": theirs or None}


def _names(words: Sequence[enum.StrEnum] | None) -> list[str] | None:
    """The names by which the API knows these; None for all."""
    return [word.name for word in words] if words else None
