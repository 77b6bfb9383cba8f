"""Which media type an answer has, from the Accept header."""

from __future__ import annotations

from server.web.problems import Problem

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"

_MEANS = {
    JSON: JSON,
    GRAPHQL: GRAPHQL,
    EVENTS: EVENTS,
    "application/*": GRAPHQL,
    "*/*": JSON,
    "text/*": EVENTS,
}
MOST_LENGTH = 1_000


def accepted(header: str) -> str:
    """The best of our media types that the header names; JSON without a header. Raises Problem for none."""
    if not header.strip():
        return JSON
    best, best_weight = "", 0.0
    for part in header[:MOST_LENGTH].split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = _weight(parameters)
        if name in _MEANS and weight > best_weight:
            best, best_weight = _MEANS[name], weight
    if not best:
        raise Problem("NOT_ACCEPTABLE", f"answers come as {GRAPHQL}, {JSON} or {EVENTS}")
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
