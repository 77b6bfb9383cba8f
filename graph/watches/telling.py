"""A difference as it is kept and told: its first parts, none of them long, and how much there was in all. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import TypedDict

from graph.watches.difference import CHANGED, ENTERED, LEFT, Item, Part, Path, written

MOST_PARTS = 100
MOST_CHARACTERS = 20_000  # of all values of one change, as JSON
LONGEST_VALUE = 2_000
LONGEST_NAME = 200
_NAME = re.compile(r"[_A-Za-z]\w*\Z", re.ASCII)
_CAPTIONS = ("caption", "title", "name", "key")


class PartRecord(TypedDict):
    """A part as it is kept; `is_cut` where a value was too long to be kept."""

    change: str
    path: str
    id: str
    caption: str
    before: Any
    after: Any
    is_cut: bool


@dataclass(frozen=True)
class Summary:
    """How much entered, left and changed, and the first parts of that."""

    entered: int
    left: int
    changed: int
    parts: Sequence[PartRecord]

    @property
    def counts(self) -> dict[str, int]:
        """How much of each."""
        return {"entered": self.entered, "left": self.left, "changed": self.changed}


def summary(parts: Sequence[Part]) -> Summary:
    """A difference within what is kept of one."""
    counts = {each: sum(part.change == each for part in parts) for each in (ENTERED, LEFT, CHANGED)}
    kept, room = [], MOST_CHARACTERS
    for part in parts[:MOST_PARTS]:
        record, taken = _record(part, room)
        kept.append(record)
        room -= taken
    return Summary(counts[ENTERED], counts[LEFT], counts[CHANGED], kept)


def _record(part: Part, room: int) -> tuple[PartRecord, int]:
    taken = sum(len(written(each)) for each in (part.before, part.after))
    is_cut = taken > min(room, LONGEST_VALUE)
    about = part.before if part.after is None else part.after
    return (
        {
            "change": part.change,
            "path": path_text(part.path)[-LONGEST_NAME:],
            "id": part.id[:LONGEST_NAME],
            "caption": _caption(about) if part.change != CHANGED else "",
            "before": None if is_cut else part.before,
            "after": None if is_cut else part.after,
            "is_cut": is_cut,
        },
        0 if is_cut else taken,
    )


def path_text(path: Path) -> str:
    """A path as people read it: `domainNames.nodes[4f2…].caption`."""
    text = ""
    for step in path:
        if isinstance(step, Item):
            text += f"[{step.id}]"
        elif _NAME.match(step):
            text += f".{step}" if text else step
        else:
            text += f"[{written(step).decode()}]"
    return text


def _caption(about: Any) -> str:
    """What an object is called for people; empty where it does not say."""
    if not isinstance(about, Mapping):
        return ""
    found = (about.get(name) for name in _CAPTIONS)
    own = next((each for each in found if isinstance(each, str) and each), "")
    return own[:LONGEST_NAME] or _caption(about.get("node"))
