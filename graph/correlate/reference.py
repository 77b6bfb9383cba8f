"""The reference page of the correlation rules, docs/reference/rules.md, written from their headers.

`mirage docs` renews it, and a test holds it current.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from graph.correlate.header import Parameter
from graph.correlate.rules import Rule, load

_INTRODUCTION = """\
# Correlation rules

What Mirage finds by itself, written from the headers in `cypher/correlate/`. A rule looks at one kind
of entity at a time, its **subject**, and follows the paths it names; whenever something on these paths
changes, the subjects they lead to are looked at again. Rules marked *by the clock* are looked at
regularly, too, since time, or a new run's scope, changes what they find. How to write one:
[add a rule](../howto/add-a-rule.md)."""

_AREAS = {
    "chg": "Change",
    "cti": "Threat intelligence",
    "dns": "Names, mail and takeover",
    "exp": "Exposure",
    "inf": "Shared infrastructure",
    "reg": "Registration",
    "tls": "TLS and certificates",
    "vul": "Vulnerability",
}


def reference_page() -> str:
    """The page in Markdown: rules by area, an overview first."""
    return "\n".join((*_lines(list(load().values())), ""))


def _lines(rules: list[Rule]) -> Iterator[str]:
    yield from (_INTRODUCTION, "", "| rule | severity | what it finds |", "| --- | --- | --- |")
    for rule in rules:
        anchor = rule.id.replace(".", "")
        yield f"| [`{rule.id}`](#{anchor}) | {rule.severity} | {rule.header.title} |"
    for area, members in groupby(rules, key=lambda rule: rule.id.partition(".")[0]):
        yield from ("", f"## {_AREAS.get(area, area.capitalize())}")
        for rule in members:
            yield from _rule_lines(rule)


def _rule_lines(rule: Rule) -> Iterator[str]:
    head = rule.header
    yield from ("", f"### {rule.id}", "", f"**{head.title}.** {head.summary}", "")
    facts = [
        f"{head.severity}, confidence {head.confidence:g}, {head.status}, version {head.version}",
        f"subject `{rule.subject}`",
    ]
    if rule.needs_passes:
        facts.append("by the clock")
    yield f"{'; '.join(facts)}."
    yield from ("", f"- Why it matters: {head.explanation}")
    yield f"- What to do: {head.remediation}"
    yield f"- What is not reported: {head.false_positives}"
    yield f"- Reads: {', '.join(f'`{path}`' for path in rule.paths)}"
    if head.shared:
        columns = ", ".join(f"`{name}`" for name in head.shared)
        yield f"- Joins by something shared: {columns}; nothing is found where a list of common things carries it."
    yield f"- References: {', '.join(head.references)}"
    for parameter in head.params:
        yield _parameter_line(parameter)


def _parameter_line(parameter: Parameter) -> str:
    return (
        f"- Parameter `{parameter.name}` ({parameter.type}, `{parameter.written}`):"
        f" {parameter.description}."
    )
