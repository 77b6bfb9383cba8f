"""An answer in the form in which it is written: ids computed, facts closed, values and content hashed. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import orjson

from graph.claims import Values, doubt_of
from graph.facts import Answer, Content, fixed_of, values_of
from graph.model.base import Entity, Fact, Relationship, name_id

_WORDS = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Encoded:
    """An answer ready to be applied: ids computed, facts closed (and as JSON), content hashed."""

    answer: Answer
    observation: str
    claim: str
    about: str
    entities: dict[str, Entity]
    relationships: dict[str, tuple[Relationship, str, str]]
    values: dict[str, Values]
    doubt: int
    at: int
    facts: bytes = b""
    content_hash: str = ""

    @property
    def rows(self) -> int:
        """How many rows of the transaction it takes, about."""
        return 2 + 2 * len(self.entities) + len(self.relationships)


def encode(org: str, answer: Answer) -> Encoded:
    """Close and hash `answer` for the organization `org`."""
    content = Content.of(answer.facts)
    ids = {where: name_id(org, *where) for where in content.entities}
    entities = {ids[where]: entity for where, entity in content.entities.items()}
    relationships = {
        name_id(ids[start], kind, ids[end], qualifiers): (fact, ids[start], ids[end])
        for (start, kind, end, qualifiers), fact in content.relationships.items()
    }
    values: dict[str, Values] = {}
    for fact_id, entity in entities.items():
        if stated := values_of(entity):
            values[fact_id] = stated
    for fact_id, (relationship, _, _) in relationships.items():
        if stated := values_of(relationship):
            values[fact_id] = stated
    doubt = doubt_of(answer.reliability)
    about, claim, observation = answer.ids_in(org)
    encoded = Encoded(
        answer, observation, claim, about, entities, relationships, values, doubt, millis(answer.ended_at)
    )  # fmt: skip
    encoded.facts = _facts_json(encoded)
    encoded.content_hash = hashlib.blake2b(
        encoded.facts + f"{doubt}{answer.tlp}".encode(), digest_size=16
    ).hexdigest()
    return encoded


def _facts_json(encoded: Encoded) -> bytes:
    """The closed answer as canonical JSON: `{"e": [[id, kind, values]], "r": [[id, type, start, end, values]]}`."""
    values = encoded.values
    return orjson.dumps(
        {
            "e": [[i, e.label, values.get(i)] for i, e in sorted(encoded.entities.items())],
            "r": [
                [i, type(r).type, start, end, values.get(i)]
                for i, (r, start, end) in sorted(encoded.relationships.items())
            ],
        },
        option=orjson.OPT_SORT_KEYS,
    )


def millis(moment: datetime) -> int:
    """Milliseconds since the epoch."""
    return round(moment.timestamp() * 1000)


def hash_values(values: Values | None) -> int:
    """A 63-bit fingerprint of a set of values; 0 for none."""
    if not values:
        return 0
    digest = hashlib.blake2b(
        orjson.dumps(values, option=orjson.OPT_SORT_KEYS), digest_size=8
    ).digest()
    return int.from_bytes(digest, "big") >> 1


@cache
def _searched(kind: type[Entity]) -> tuple[tuple[str, bool], ...]:
    """The searched properties: name, whether it belongs to the identity."""
    return tuple(
        (p.name, p.is_key or p.is_derived) for p in kind.properties().values() if p.is_searched
    )


def search_text(entity: Entity, values: Mapping[str, Any]) -> str:
    """What full-text search finds an entity by: its caption and searched values, whole and in words."""
    texts = [entity.caption()]
    for name, is_fixed in _searched(type(entity)):
        value = getattr(entity, name) if is_fixed else values.get(name)
        texts.extend(
            map(str, value) if isinstance(value, (list, tuple)) else [str(value)] if value else []
        )
    words: dict[str, None] = {}
    for text in dict.fromkeys(texts):
        words[text] = None
        words.update(dict.fromkeys(part for part in _WORDS.split(text) if part))
    return " ".join(words)


def own_properties(fact: Fact, values: Values) -> dict[str, Any]:
    """All own properties of a fact as they are stored: identity and `values`."""
    return {**fixed_of(fact), **values}
