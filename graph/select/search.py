"""Full-text questions: an analyst's words as a query of the index `entity_search`, bound to an organization.

Every word must occur; the last may be the beginning of one. Nothing a caller types is understood as an operator.
"""

from __future__ import annotations

import re

from graph.errors import InvalidQuestion

MOST_WORDS = 16
MOST_CHARACTERS = 400

_SPECIAL = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')


def full_text(search: str, org: str) -> str:
    """The query in the index's language (Lucene). Raises InvalidQuestion where there is no word, or are too many."""
    words = search.split()
    if not words:
        raise InvalidQuestion("search has no words; leave it out to list everything")
    if len(words) > MOST_WORDS or len(search) > MOST_CHARACTERS:
        raise InvalidQuestion(
            f"search takes at most {MOST_WORDS} words and {MOST_CHARACTERS} characters;"
            f" this has {len(words)} and {len(search)}"
        )
    required = [f"+search:{_phrase(word)}" for word in words[:-1]]
    last = words[-1]
    beginning = _SPECIAL.sub(r"\\\1", last.lower())
    either = f"+(search:{_phrase(last)} search:{beginning}*)"
    return " ".join([f"+org:{_phrase(org)}", *required, either])


def _phrase(word: str) -> str:
    quoted = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
