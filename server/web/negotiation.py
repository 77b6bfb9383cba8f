"""Which media type an answer has, from the Accept header."""

from __future__ import annotations

from server.web.problems import Problem

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"

_MEANS = {
    JSON: (JSON,),
    GRAPHQL: (GRAPHQL,),
    EVENTS: (EVENTS,),
    "application/*": (GRAPHQL, JSON),
    "*/*": (JSON, GRAPHQL, EVENTS),
    "text/*": (EVENTS,),
}
MOST_LENGTH = 1_000


def accepted(header: str) -> str:
    """The best of our media types that the header names; JSON without a header. Raises Problem for none."""
    if not header.strip():
        return JSON
    weights: dict[str, float] = {}
    for part in header[:MOST_LENGTH].split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name in _MEANS:
            weights[name] = max(_weight(parameters), weights.get(name, 0.0))
    refused = {name for name, weight in weights.items() if weight <= 0}
    best, best_weight = "", 0.0
    for name, weight in weights.items():
        meant = next((each for each in _MEANS[name] if each not in refused), "")
        if meant and weight > best_weight:
            best, best_weight = meant, weight
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
