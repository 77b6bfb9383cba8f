"""Whatever is sealed in the graph lies at a place that rotation knows."""

from __future__ import annotations

import re
from pathlib import Path

from server.vault.places import PLACES

CYPHER = Path(__file__).parents[2] / "cypher"
EVERYWHERE = "vault/upsert_sealed.cypher"  # rotation's own: any label
_SETS = re.compile(r"\b(\w+)\.sealed\s*=\s*(?!\s)")


def sealed_labels(texts: dict[str, str]) -> dict[str, str]:
    """The labels of nodes whose `sealed` is set, with the file that does; an unknown label is empty."""
    found: dict[str, str] = {}
    for name, text in texts.items():
        for clause in re.findall(
            r"(?s)\bSET\b.*?(?=\b(?:MATCH|MERGE|RETURN|WITH|WHERE)\b|\Z)", text
        ):
            for variable in _SETS.findall(clause):
                labels = re.findall(rf"\({variable}:(\w+)", text)
                found |= dict.fromkeys(labels or [""], name)
    return found


def test_rotation_knows_every_place_of_sealed_values() -> None:
    texts = {
        str(file.relative_to(CYPHER)): file.read_text("utf-8")
        for file in CYPHER.rglob("*.cypher")
        if str(file.relative_to(CYPHER)) != EVERYWHERE
    }
    assert sealed_labels(texts).keys() == PLACES.keys()


def test_a_place_that_nobody_listed_is_found() -> None:
    text = "MERGE (x:Heron {id: $id})\nON CREATE SET x.id = $id, x.sealed = $sealed\nRETURN x.id"
    assert sealed_labels({"a": text, "b": "MATCH (x) SET x.sealed = $s"}) == {"Heron": "a", "": "b"}
    assert sealed_labels({"a": "MATCH (x:Heron) WHERE x.sealed = $s SET x.a = 1"}) == {}
