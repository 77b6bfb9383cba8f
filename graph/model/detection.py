"""What kind of entity a text names, by the forms that the kinds declare.

Defanged text is not understood here: whoever reads such text undoes it first (`values/refang.py`).
A text that could name several things names none: a seed should be said clearly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from graph.errors import Refused
from graph.model.base import Entity
from graph.model.values.text import text_of

WANTED = "a seed"


def detected(text: object, kinds: Iterable[type[Entity]]) -> Entity:
    """The entity of one of `kinds` that `text` names. Raises Refused, saying what is accepted."""
    seed = text_of(WANTED, text, 16_000)
    offered = [kind for kind in kinds if kind.seed_form]
    found: list[Entity] = []
    refusals: list[Refused] = []
    for kind in offered:
        if re.fullmatch(kind.seed_form, seed, re.IGNORECASE):
            try:
                found.append(kind.from_seed(seed))
            except Refused as refusal:
                refusals.append(refusal)
    if len(found) == 1:
        return found[0]
    if found:
        labels = " and ".join(entity.label for entity in found)
        raise Refused(WANTED, text, f"it could be {labels}")
    if refusals:
        raise refusals[0]
    raise Refused(WANTED, text, f"accepted are {', '.join(kind.seed_hint for kind in offered)}")
