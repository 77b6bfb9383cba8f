"""Which importer reads a file: told by its content, never by trying them all.

Nothing is imported here; whoever hands in a file may also name the importer.
"""

from __future__ import annotations

from typing import BinaryIO

from collectors._kit.importing import Importer, head_of
from collectors._kit.registry import Registry
from collectors._kit.unpacking import FileRefused
from graph.errors import MirageError

LEAST = 0.2  # below it a file is of no known format


def importers(registry: Registry) -> dict[str, type[Importer]]:
    """The importers by id; one whose code is broken is not among them."""
    found: dict[str, type[Importer]] = {}
    for name, listed in registry.collectors.items():
        if listed.manifest.kind != "importer":
            continue
        try:
            loaded = registry.load(name)
        except MirageError:  # the registry's own test and `doctor` tell of it
            continue
        if issubclass(loaded, Importer):
            found[name] = loaded
    return found


def format_of(stream: BinaryIO, name: str, registry: Registry) -> str:
    """The id of the importer for the file `stream` called `name`. Raises FileRefused."""
    head, known = head_of(stream), importers(registry)
    if not head:
        raise FileRefused("the file is empty")
    likelihood = {each: importer.detect(head, name) for each, importer in known.items()}
    best = max(likelihood, key=likelihood.__getitem__, default="")
    if not best or likelihood[best] < LEAST:
        titles = ", ".join(registry.get(each).manifest.title for each in known)
        raise FileRefused(f"the file is of no known format; known are: {titles}")
    return best
