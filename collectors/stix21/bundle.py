"""A STIX bundle as its objects: read whole, each once in its latest version, with its marking.

Nothing is known here of kinds. What is not an object with a type and an id is a problem, told with
its place, not an error of the whole.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collectors._kit.importing import Limits, depth_of
from collectors._kit.lenient import accepted
from collectors._kit.unpacking import FileRefused, json_of
from graph.facts import MARKINGS
from graph.model.values.intelligence import stix_id_of

# The marking definitions that the standard fixes: of TLP 1 (STIX 2.1, 7.2.1.4) and of TLP 2.
FIXED_MARKINGS: Mapping[str, str] = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "CLEAR",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "GREEN",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "AMBER",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "RED",
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "CLEAR",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "GREEN",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "AMBER",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "AMBER_STRICT",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "RED",
}
WORDS: Mapping[str, str] = {
    "white": "CLEAR",
    "clear": "CLEAR",
    "green": "GREEN",
    "amber": "AMBER",
    "amber+strict": "AMBER_STRICT",
    "red": "RED",
}
# Where TLP 2 is in a marking definition of its own (an extension that OASIS registered).
TLP2_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"


@dataclass(frozen=True)
class StixObject:
    """One object of a bundle: where it stands, what it is, and all its members."""

    position: str
    type: str
    id: str
    body: Mapping[str, Any]
    problem: str = ""

    def text(self, name: str) -> str:
        """A member that is text, else an empty text."""
        value = self.body.get(name)
        return value.strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a member that is a list."""
        value = self.body.get(name)
        found = value if isinstance(value, list) else []
        return tuple(item.strip() for item in found if isinstance(item, str) and item.strip())

    def tables(self, name: str) -> Iterator[Mapping[str, Any]]:
        """The objects of a member that is a list."""
        value = self.body.get(name)
        if isinstance(value, list):
            yield from (item for item in value if isinstance(item, dict))


@dataclass(frozen=True)
class Bundle:
    """The objects of a file in its order, and the latest version of each by id."""

    objects: tuple[StixObject, ...]
    latest: Mapping[str, StixObject]
    markings: Mapping[str, str]

    def is_superseded(self, one: StixObject) -> bool:
        """Whether the file has a later version. Observables have no versions."""
        return bool(one.text("modified")) and self.latest[one.id] is not one

    def tlp(self, one: StixObject) -> str:
        """The strictest marking of an object; markings of single members count for the whole."""
        refs = list(one.texts("object_marking_refs"))
        refs += [str(part.get("marking_ref")) for part in one.tables("granular_markings")]
        return strictest(self.markings.get(ref, "") for ref in refs)


def strictest(markings: Iterable[str]) -> str:
    """The most restrictive of some markings; empty without any."""
    return max(markings, key=MARKINGS.index, default="")


def read_bundle(content: io.BufferedReader, limits: Limits) -> Bundle:
    """Read a bundle, or a bare list of objects. Raises FileRefused for what is neither."""
    document = json_of(content)
    raw = _list_of_objects(document)
    if not isinstance(raw, list):
        raise FileRefused("the file is no STIX bundle: it has no list of objects")
    objects = tuple(_object(number, item, limits) for number, item in enumerate(raw, 1))
    latest: dict[str, StixObject] = {}
    for one in objects:
        known = latest.get(one.id)
        if not one.problem and (known is None or known.text("modified") <= one.text("modified")):
            latest[one.id] = one
    return Bundle(objects, latest, {**FIXED_MARKINGS, **_own_markings(objects)})


def _list_of_objects(document: object) -> object:
    """The objects of a bundle or of a TAXII envelope, a list as it is, or one object alone."""
    if not isinstance(document, dict):
        return document
    if document.get("type") == "bundle":
        return document.get("objects", [])
    return document.get("objects", [document] if "id" in document else None)


def _object(number: int, item: object, limits: Limits) -> StixObject:
    position = f"object {number}"
    if not isinstance(item, dict):
        return StixObject(position, "", "", {}, "it is not a JSON object")
    kind, identifier = item.get("type"), accepted(stix_id_of, item.get("id"))
    if not isinstance(kind, str) or identifier is None:
        return StixObject(position, "", "", {}, "it has no type, or no id of the form type--UUID")
    position = f"{position} ({identifier})"
    if depth_of(item, limits.max_depth) > limits.max_depth:
        problem = f"it nests deeper than {limits.max_depth}"
        return StixObject(position, kind, identifier, {}, problem)
    return StixObject(position, kind, identifier, item)


def _own_markings(objects: tuple[StixObject, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in objects:
        if one.type != "marking-definition":
            continue
        definition = one.body.get("definition")
        word = definition.get("tlp") if isinstance(definition, dict) else None
        extensions = one.body.get("extensions")
        extension = extensions.get(TLP2_EXTENSION) if isinstance(extensions, dict) else None
        word = extension.get("tlp_2_0", word) if isinstance(extension, dict) else word
        word = word or one.text("name").lower().removeprefix("tlp:")
        if isinstance(word, str) and word.lower() in WORDS:
            found[one.id] = WORDS[word.lower()]
    return found
