"""What a rule's rows mean for its findings: which to open, change, close or reopen. Pure.

A finding's id follows from rule, subject and evidence, so looking again changes nothing, and what
comes back is the same finding with its history.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from graph.correlate.rules import Rule, headline
from graph.errors import InvalidRule
from graph.model.base import name_id

State = Literal["OPEN", "CLOSED", "SUPPRESSED"]
Happening = Literal["opened", "changed", "closed", "reopened", "suppressed"]
NAMED_AT_MOST = 3  # how many of a list a headline names


@dataclass(frozen=True)
class Finding:
    """What a rule says of a subject now."""

    id: str
    fingerprint: str
    subject: str
    title: str
    severity: str
    score: float
    evidence: tuple[str, ...]
    links: tuple[str, ...]
    details: str
    shared: tuple[str, ...] = ()
    subject_kind: str = ""
    subject_caption: str = ""


@dataclass(frozen=True)
class Stored:
    """What the graph holds of a finding."""

    id: str
    fingerprint: str
    subject: str
    state: State
    title: str
    severity: str
    score: float
    evidence: tuple[str, ...]
    links: tuple[str, ...]
    details: str
    shared: tuple[str, ...] = ()

    def says(self, finding: Finding) -> bool:
        """Whether it already says what the rule says now."""
        return all(
            getattr(self, name) == getattr(finding, name)
            for name in ("title", "severity", "score", "evidence", "links", "details", "shared")
        )


@dataclass(frozen=True)
class Change:
    """Something that happened to a finding; `finding` is None where the rule is silent now."""

    happening: Happening
    id: str
    fingerprint: str
    subject: str
    finding: Finding | None


def read_rows(
    rule: Rule, org: str, subjects: Collection[str], rows: Iterable[Mapping[str, Any]]
) -> dict[str, Finding]:
    """The findings that a rule's rows state, by id. Rows with the same key are one finding.

    Raises InvalidRule where a row breaks the contract: another organization's entity, a subject
    that was not asked for, a score outside of 0..1, a column of another form than was declared.
    """
    found: dict[str, Finding] = {}
    for row in rows:
        check_form(rule, row)
        finding = _read_row(rule, org, row)
        if finding.subject not in subjects:
            raise InvalidRule(f"rule {rule.id} returned a subject that it was not given")
        known = found.get(finding.id)
        found[finding.id] = finding if known is None else _joined(known, finding)
    return found


def check_form(rule: Rule, row: Mapping[str, Any]) -> None:
    """Raise InvalidRule where a column holds something else than entities, relationships' ids or plain values."""
    for name, is_right, wanted in (
        ("subject", _is_entity(row["subject"]), "an entity"),
        ("evidence", _is_list_of(row["evidence"], _is_entity), "a list of entities"),
        ("links", _is_list_of(row["links"], _is_text), "a list of relationships' ids"),
    ):
        if not is_right:
            raise InvalidRule(f"rule {rule.id}: {name} is not {wanted} in every row")
    for name, value in row.items():
        if name not in ("subject", "evidence", "links", "score") and not _is_shown(value):
            raise InvalidRule(
                f"rule {rule.id}: {name} holds what no column can: entities, values, and lists of these are right"
            )


def _is_list_of(value: Any, is_right: Callable[[Any], bool]) -> bool:
    """Whether it is a list in which all but nulls are right."""
    return isinstance(value, list) and all(each is None or is_right(each) for each in value)


def _is_entity(value: Any) -> bool:
    """Whether it is a node, told by its form: only the store knows the driver."""
    return hasattr(value, "labels") and value.get("id") is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_shown(value: Any) -> bool:
    """Whether it is an entity, a plain value or a moment, or a list of such."""
    if isinstance(value, list):
        return all(_is_shown(each) for each in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (str, int)) or _is_entity(value) or _is_moment(value)


def _is_moment(value: Any) -> bool:
    """Whether it is a day or a moment within the years that can be told."""
    try:
        native = value.to_native() if hasattr(value, "to_native") else value
    except ValueError:
        return False
    return isinstance(native, date)


def _read_row(rule: Rule, org: str, row: Mapping[str, Any]) -> Finding:
    for name, value in row.items():
        for node in nodes_of(value):
            if node.get("org") != org:
                raise InvalidRule(f"rule {rule.id}: {name} is of another organization")
    score = row["score"]
    if not isinstance(score, (int, float)) or not 0 <= score <= 1:
        raise InvalidRule(f"rule {rule.id}: the score {score!r} is not between 0 and 1")
    subject = row["subject"]
    evidence = sorted({n["id"] for n in row["evidence"] if n is not None} - {subject["id"]})
    mark = fingerprint(rule.id, subject["id"], _key(rule, row, evidence))
    return Finding(
        id=name_id(org, "Finding", mark),
        fingerprint=mark,
        subject=subject["id"],
        title=headline(rule, {name: _readable(value) for name, value in row.items()}),
        severity=rule.severity,
        score=round(float(score), 4),
        evidence=tuple(evidence),
        links=tuple(sorted({link for link in row["links"] if link is not None})),
        details=_details(row),
        shared=tuple(sorted({n["id"] for each in rule.header.shared for n in nodes_of(row[each])})),
        subject_kind=rule.subject,
        subject_caption=subject.get("caption") or "",
    )


def fingerprint(rule_id: str, subject: str, key: Iterable[str]) -> str:
    """What makes a finding the same one again: rule, subject, and the key of its evidence."""
    return name_id("Finding", rule_id, subject, *key)


def _key(rule: Rule, row: Mapping[str, Any], evidence: Iterable[str]) -> list[str]:
    if not rule.header.keyed_by:
        return list(evidence)
    if rule.header.keyed_by == ("subject",):
        return []
    return [
        f"{name}={part}"
        for name in rule.header.keyed_by
        for part in (sorted(n["id"] for n in nodes_of(row[name])) or [json.dumps(plain(row[name]))])
    ]


def _joined(first: Finding, second: Finding) -> Finding:
    """Two rows of one finding as one, whatever their order."""
    lead, other = sorted((first, second), key=lambda f: (-f.score, f.title, f.details))
    return replace(
        lead,
        evidence=tuple(sorted({*lead.evidence, *other.evidence})),
        links=tuple(sorted({*lead.links, *other.links})),
        shared=tuple(sorted({*lead.shared, *other.shared})),
    )


def specific(found: Mapping[str, Finding], common: Set[str]) -> dict[str, Finding]:
    """Those of `found` that rest on more than what is `common`: a thing that everybody has joins nobody."""
    return {
        one: finding
        for one, finding in found.items()
        if not finding.shared or any(each not in common for each in finding.shared)
    }


def decide(
    found: Mapping[str, Finding], stored: Iterable[Stored], suppressed: Collection[str]
) -> list[Change]:
    """What has to happen so that the graph says what the rule says, in the order of ids.

    `suppressed` are the fingerprints that somebody has set aside for now.
    """
    known = {s.id: s for s in stored}
    changes = []
    for one in sorted(found.keys() | known.keys()):
        happening = _happening(found.get(one), known.get(one), suppressed)
        if happening is not None:
            either = found.get(one) or known[one]
            changes.append(
                Change(happening, one, either.fingerprint, either.subject, found.get(one))
            )
    return changes


def _happening(
    finding: Finding | None, stored: Stored | None, suppressed: Collection[str]
) -> Happening | None:
    if finding is None:
        return "closed" if stored is not None and stored.state != "CLOSED" else None
    if finding.fingerprint in suppressed:
        is_told = stored is not None and stored.state == "SUPPRESSED" and stored.says(finding)
        return None if is_told else "suppressed"
    if stored is None:
        return "opened"
    if stored.state != "OPEN":
        return "reopened"
    return None if stored.says(finding) else "changed"


def nodes_of(value: Any) -> list[Any]:
    """The entities in a column's value, told by their form: only the store knows the driver."""
    if isinstance(value, list):
        return [n for item in value for n in nodes_of(item)]
    return [value] if hasattr(value, "labels") else []


def plain(value: Any) -> Any:
    """The value of a column without entities as JSON has it."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    native = value.to_native() if hasattr(value, "to_native") else value
    return native.isoformat() if isinstance(native, (date, datetime)) else native


def _details(row: Mapping[str, Any]) -> str:
    """The plain columns of a row as JSON."""
    shown = {
        name: plain(value)
        for name, value in row.items()
        if name not in ("subject", "evidence", "links", "score") and not nodes_of(value)
    }
    return json.dumps(shown, sort_keys=True, ensure_ascii=False)


def _readable(value: Any) -> str:
    """A column's value as a headline names it."""
    if isinstance(value, list):
        words = sorted({_readable(item) for item in value if item is not None})
        if len(words) > NAMED_AT_MOST:
            more = len(words) - NAMED_AT_MOST + 1
            words = [*words[: NAMED_AT_MOST - 1], f"{more} more"]
        return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
    if hasattr(value, "labels"):
        # The digest in a caption tells namesakes apart in a list; in a sentence nobody reads it.
        return str(value["caption"] or value["key"]).removesuffix(f" ({str(value['key'])[:12]})")
    native = value.to_native() if hasattr(value, "to_native") else value
    if isinstance(native, datetime):
        return native.date().isoformat()
    return "" if native is None else str(native)
