"""Values of the database as plain ones, for answers: nodes and relationships as objects, moments and bytes as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MOST_DEPTH = 20


def plain(value: Any, depth: int = 0) -> Any:
    """A value as JSON has it. Nodes, relationships and paths are objects; what nests too deep is left out."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if depth > MOST_DEPTH:
        return None
    if hasattr(value, "iso_format"):  # a moment or a duration, which is a tuple, too
        return value.iso_format()
    made = _parts(value)
    if isinstance(made, Mapping):
        return {str(key): plain(each, depth + 1) for key, each in made.items()}
    if isinstance(made, Iterable):
        return [plain(each, depth + 1) for each in made]
    return value.hex() if isinstance(value, (bytes, bytearray)) else str(value)


def _parts(value: Any) -> Mapping[str, Any] | list[Any] | None:
    """What a value consists of; None where it is one of its own."""
    if hasattr(value, "relationships"):
        return {"nodes": list(value.nodes), "relationships": list(value.relationships)}
    if hasattr(value, "labels"):
        named = {"elementId": value.element_id, "labels": sorted(value.labels)}
        return {**named, "properties": dict(sorted(value.items()))}
    if hasattr(value, "start_node"):
        ends = {"from": value.start_node.element_id, "to": value.end_node.element_id}
        return {"type": value.type, **ends, "properties": dict(sorted(value.items()))}
    if isinstance(value, Mapping):
        return value
    return list(value) if isinstance(value, (list, tuple)) else None
