"""What a graph holds, for people and for programs: counts by kind and type, and the findings."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.columns import Columns
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from server.commands import documents
from server.commands.answers import Endpoint
from server.commands.console import err, out

PAGE = 100
SHOWN_RULES = 12
STUCK_AFTER_S, LOOK_EVERY_S = 120.0, 0.3
_STYLES = {"CRITICAL": "bold red", "HIGH": "red", "MEDIUM": "yellow", "LOW": "cyan", "INFO": "dim"}


@dataclass(frozen=True)
class FoundFinding:
    """A finding as a summary shows it."""

    rule: str
    severity: str
    title: str
    subject: str


@dataclass(frozen=True)
class Summary:
    """What a graph holds: findings gravest first, `reasons` the explanation of each rule."""

    entities: dict[str, int]
    relationships: dict[str, int]
    findings: Sequence[FoundFinding]
    reasons: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """The form for programs."""
        return {
            "entities": self.entities,
            "relationships": self.relationships,
            "findings": [asdict(finding) for finding in self.findings],
        }


def summarize(endpoint: Endpoint) -> Summary:
    """Ask for counts and all open findings."""
    counted = endpoint.ask(documents.STATISTICS)["statistics"]
    found = list(endpoint.nodes(documents.FINDINGS, {"first": PAGE}))
    return Summary(
        entities={each["name"]: each["count"] for each in counted["entities"]},
        relationships={each["name"]: each["count"] for each in counted["relationships"]},
        findings=[
            FoundFinding(
                rule=each["rule"],
                severity=each["severity"],
                title=each["title"],
                subject=each["subject"]["caption"],
            )
            for each in found
        ],
        reasons={each["rule"]: each["explanation"] or "" for each in found},
    )


def wait_judged(endpoint: Endpoint, tell: Callable[[int], None]) -> None:
    """Wait until rules have looked at every write; `tell` is told how many are left.

    Gives up where nothing moves any more: without a correlator findings come later.
    """
    least, since = -1, time.monotonic()
    while left := endpoint.ask(documents.UNJUDGED)["statistics"]["unjudgedWrites"]:
        tell(left)
        if least < 0 or left < least:
            least, since = left, time.monotonic()
        if time.monotonic() - since > STUCK_AFTER_S:
            err.print(f"{left} writes are still to be judged by rules; is a correlator running?")
            return
        time.sleep(LOOK_EVERY_S)


def print_summary(summary: Summary) -> None:
    """Show it to a person."""
    entities, links = sum(summary.entities.values()), sum(summary.relationships.values())
    out.print(f"\n[bold]{entities} entities[/] of {len(summary.entities)} kinds")
    out.print(_counts(summary.entities))
    out.print(f"\n[bold]{links} relationships[/] of {len(summary.relationships)} types")
    out.print(_counts(summary.relationships))
    out.print(f"\n[bold]{len(summary.findings)} findings[/], the gravest of each rule first")
    by_rule: dict[str, list[FoundFinding]] = {}
    for finding in summary.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for found in list(by_rule.values())[:SHOWN_RULES]:
        _print_finding(found[0], len(found) - 1, summary.reasons[found[0].rule])
    if (more := len(by_rule) - SHOWN_RULES) > 0:
        out.print(f"  … and those of {more} more rules; GraphiQL and `mirage query` show them all")


def _print_finding(finding: FoundFinding, more: int, reason: str) -> None:
    """One finding, how many more its rule has, and why it matters."""
    style = _STYLES.get(finding.severity, "")
    again = f", and {more} more" if more else ""
    line = Table.grid(padding=0)
    line.add_column(width=11)
    line.add_column(overflow="fold")
    line.add_row(Text(f"  {finding.severity}", style), Text(finding.title, "bold"))
    out.print(line, soft_wrap=False)
    out.print(_indented(f"{finding.subject}   ({finding.rule}{again})", "dim"), soft_wrap=False)
    if reason:
        out.print(_indented(reason, ""), soft_wrap=False)


def _indented(text: str, style: str) -> Padding:
    return Padding(Text(text, style), (0, 0, 0, 11))


def _counts(counts: dict[str, int]) -> Columns:
    most_first = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Columns([f"{count:>6} {name}" for name, count in most_first], padding=(0, 2), equal=True)
