"""Words that nobody uses, to tell made-up names apart: counted ones are a slip of the pen from each other."""

from __future__ import annotations

import functools
import random

_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeiou"


@functools.cache
def word(seed: str) -> str:
    """A word of four to six syllables, always the same for `seed`; of 20,000 hardly two are alike."""
    chance = random.Random(seed)
    return "".join(
        chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(chance.randint(4, 6))
    )
