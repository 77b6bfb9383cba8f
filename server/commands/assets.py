"""`mirage asset …`: how much assets matter, through the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.commands.answers import endpoint
from server.commands.documents import assets as documents
from server.commands.listing import moment, print_rows
from server.settings import StackSettings


def show_all(settings: StackSettings, criticalities: list[str] | None, *, as_json: bool) -> int:
    """List what was said of how much assets matter."""
    found = endpoint(settings).nodes(documents.ASSET_RATINGS, {"criticalities": criticalities})
    print_rows([_row(each) for each in found], "ratings", as_json=as_json)
    return 0


def rate(
    settings: StackSettings,
    entities: Sequence[str],
    criticality: str | None,
    reason: str | None,
    *,
    as_json: bool,
) -> int:
    """Say how much assets matter, None for nothing any more. Raises Refusal."""
    given = {"entities": entities, "criticality": criticality, "reason": reason}
    found = endpoint(settings).change(documents.RATE_ASSETS, given)["ratings"]
    print_rows([_row(each) for each in found], "ratings", as_json=as_json)
    return 0


def _row(rating: Mapping[str, Any]) -> dict[str, Any]:
    """A rating as it is listed."""
    entity = rating["entity"]
    return {
        "id": entity["id"],
        "asset": f"{entity['kind']} {entity['caption']}",
        "criticality": rating["criticality"],
        "reason": rating["reason"],
        "by": rating["by"],
        "at": moment(rating["at"]),
    }
