"""`mirage finding …`: what rules found, and what people make of it, through the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from server.commands.answers import Endpoint, Refusal, endpoint
from server.commands.console import out
from server.commands.documents import findings as documents
from server.commands.listing import moment, print_one, print_rows
from server.commands.meant import Meant
from server.settings import StackSettings


def show_all(settings: StackSettings, which: Mapping[str, Any], *, as_json: bool) -> int:
    """List findings, gravest first; `which` are the arguments of `Query.findings`."""
    found = endpoint(settings).nodes(documents.FINDING_LIST, which)
    print_rows([_row(each) for each in found], "findings", as_json=as_json)
    return 0


def count(settings: StackSettings, which: Mapping[str, Any], *, as_json: bool) -> int:
    """Tell how many findings have which value."""
    facets = endpoint(settings).ask(documents.FINDING_COUNTS, which)["findingFacets"]
    rows = [
        {
            "of": facet["name"].lower(),
            "value": each["value"] or "(nobody)",
            "findings": each["count"],
        }
        for facet in facets
        for each in facet["values"]
    ]
    print_rows(rows, "findings", as_json=as_json)
    return 0


def show(settings: StackSettings, finding: str, *, as_json: bool) -> int:
    """Show a finding with what it means, rests on, and what happened to it. Raises Refusal."""
    found = endpoint(settings).ask(documents.FINDING_SHOWN, {"id": finding})["finding"]
    if found is None:
        raise Refusal(f"there is no finding {finding}; `mirage finding list` lists them")
    aside = found["suppression"]
    shown = {
        **_row(found),
        "score": found["score"],
        "confidence": found["confidence"],
        "risk_parts": [_part(each) for each in found["risk"]["parts"]] if found["risk"] else [],
        "evidence": [f"{each['kind']} {each['caption']}" for each in found["evidence"]],
        "explanation": found["explanation"],
        "remediation": found["remediation"],
        "references": found["references"],
        "cleared": found["clearedReason"],
        "set_aside": f"by {aside['by']}: {aside['reason']}" if aside else None,
        "set_aside_until": moment(aside["until"]) if aside else None,
        "history": [_happened(each) for each in found["history"]],
        "notes": [f"{each['author']}: {each['text']}" for each in found["notes"]],
    }
    print_one(shown, as_json=as_json)
    return 0


def triage(
    settings: StackSettings, meant: Meant, given: Mapping[str, Any], *, as_json: bool
) -> int:
    """Move findings on, by what is given of a TriageInput; all of them, or none. Raises Refusal."""
    return _changed(settings, documents.TRIAGE_FINDINGS, meant, {"input": given}, as_json=as_json)


def suppress(
    settings: StackSettings, meant: Meant, reason: str, until: str | None, *, as_json: bool
) -> int:
    """Set findings aside, until a moment (RFC 3339) or for ever. Raises Refusal."""
    given = {"reason": reason, "until": until}
    return _changed(settings, documents.SUPPRESS_FINDINGS, meant, given, as_json=as_json)


def lift(settings: StackSettings, meant: Meant, comment: str | None, *, as_json: bool) -> int:
    """Tell of findings again that were set aside. Raises Refusal."""
    return _changed(
        settings, documents.LIFT_SUPPRESSIONS, meant, {"comment": comment}, as_json=as_json
    )


def _changed(
    settings: StackSettings,
    document: str,
    meant: Meant,
    given: Mapping[str, Any],
    *,
    as_json: bool,
) -> int:
    where = endpoint(settings)
    done = where.change(document, {**given, **_chosen(where, meant)})
    print_rows([_row(each) for each in done["findings"]], "findings", as_json=as_json)
    if not as_json:
        out.print(f"{done['count']} changed", highlight=False)
    return 0


def _chosen(where: Endpoint, meant: Meant) -> dict[str, Any]:
    """Which findings are meant, as mutations take it; those by conditions once somebody agreed to their number."""
    has_conditions = any(meant.which[name] for name in ("severities", "rules")) or any(
        meant.which["where"].values()
    )
    if meant.ids:
        if has_conditions:
            raise Refusal("say which findings either by their ids or by conditions")
        return {"ids": list(meant.ids)}
    if not has_conditions:
        raise Refusal("say which findings: by their ids, or by conditions such as --rule")
    count = where.ask(documents.FINDINGS_COUNTED, meant.which)["findings"]["totalCount"]
    if not meant.is_confirmed:
        typer.confirm(f"{count} findings: change all of them?", abort=True, err=True)
    return {"matching": {**meant.which, "count": count}}


def _row(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding as it is listed."""
    subject = finding["subject"]
    return {
        "id": finding["id"],
        "severity": finding["severity"],
        "risk": finding["risk"]["score"] if finding["risk"] else None,
        "rule": finding["rule"],
        "title": finding["title"],
        "about": f"{subject['kind']} {subject['caption']}",
        "state": finding["state"],
        "triage": finding["triage"],
        "assignee": finding["assignee"],
        "due": moment(finding["dueAt"]),
        "opened": moment(finding["openedAt"]),
    }


def _part(part: Mapping[str, Any]) -> str:
    """One part of a risk, in a line."""
    return f"{part['name'].lower()} × {part['factor']:.2f}: {part['reason']}"


def _happened(act: Mapping[str, Any]) -> str:
    """What happened to a finding, in a line."""
    changes = ", ".join(
        f"{each['field'].lower()} {each['before'] or '–'} → {each['after'] or '–'}"
        for each in act["changes"]
    )
    said = [f"by {act['by']}" if act["by"] else "", changes, act["comment"] or ""]
    told = "; ".join(each for each in said if each)
    return f"{moment(act['at']):%Y-%m-%d %H:%M} {act['happening'].lower()}" + (
        f": {told}" if told else ""
    )
