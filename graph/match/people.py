"""Names of people: their parts, and how alike two names are.

Order, titles, case, marks, script, short forms, initials and left-out middle names are differences that one person's
name has from record to record. Word lists are in `person_words.toml`; English short forms are those of the package
nicknames. Names never identify a person.
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from nicknames import name_triplets
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from graph.match.comparing import Comparison
from graph.match.words import Aligned, aligned, sound, spelling, word_similarity, words_of

_VOWELS, _FORM = 0.85, 0.78  # how alike names are that differ in vowels, and forms of one name
_INITIALS_CAP = 0.8  # where one part agrees in full and the others are initials
_DIGITS = str.maketrans("0134579", "oieastg")
_LETTERS = 0.15  # the part of the similarity that letters make, whatever words they are in
_UNPAIRED = 0.49  # how alike parts are at most that are no forms of each other
_PAIRED = 0.5  # from which similarity on two parts may be one
_PARTICLE, _INITIAL, _MIDDLE, _USUAL = 0.15, 0.4, 0.35, 1.0
_GENERATION_CAP = 0.6
_LONE_CAP = 0.7  # a name of one word tells little


class PersonName(NamedTuple):
    """The words of a name in order without titles, its generation (junior, 2, …); `shown` is the name as it stands.

    `glued` are the words without spaces, `sorted_text` in order of text. `family` holds the words of the family name
    where the name itself or the record tells which these are.
    """

    shown: str
    words: tuple[str, ...]
    family: frozenset[str]
    generation: str
    glued: str
    sorted_text: str


class _Words(NamedTuple):
    titles: frozenset[str]
    degrees: frozenset[str]
    particles: frozenset[str]
    generations: dict[str, str]
    same: dict[str, str]


@lru_cache(maxsize=65_536)
def person_name(name: str, family: str = "") -> PersonName:
    """`name` taken apart; `Doe, Jane` is Jane Doe. `family` is the family name where the record tells it apart."""
    lists = _lists()
    head, comma, tail = name.partition(",")
    surname = words_of(family) if family else words_of(head) if comma and tail.strip() else ()
    generation = ""
    kept: list[str] = []
    for written in words_of(f"{tail} {head}" if comma else name):
        word = written if written.isalpha() else _as_letters(written)
        if kept and word in lists.generations:
            generation = lists.generations[word]
        elif (kept or word not in lists.titles) and word not in lists.degrees:
            kept.append(word)  # King is a title before a name, and may be one behind another
    words = tuple(kept) or words_of(name)
    parts = frozenset(surname).intersection(words)
    return PersonName(name, words, parts, generation, "".join(words), " ".join(sorted(words)))


def _as_letters(word: str) -> str:
    """A word with the digits that stand for letters as these: Ig0r is Igor. Numbers stay."""
    return word if word.isdigit() else word.translate(_DIGITS)


@lru_cache(maxsize=65_536)
def family_sounds(name: PersonName) -> frozenset[str]:
    """The sounds of the family name's words; of the first and last word where the family name is not known."""
    parts = [w for w in name.words if w not in _lists().particles]
    chosen = [w for w in parts if w in name.family] or parts[:1] + parts[-1:]
    return frozenset(filter(None, map(sound, chosen)))


@lru_cache(maxsize=262_144)
def part_similarity(left: str, right: str) -> float:
    """How alike two parts of names are.

    1 the same, 0.95 one sound, 0.85 other vowels, 0.78 a short form or a name in two languages, 0.75 to 0.95 few edits,
    0.7 an initial or the same letters; less than 0.5 more edits, which alone never make two parts one; else 0.
    """
    if left == right:
        return 1.0
    if len(left) == 1 or len(right) == 1:
        return 0.7 if left[0] == right[0] else 0.0
    similarity = word_similarity(left, right)
    if similarity >= _FORM:
        return similarity
    same, short = _lists().same, short_forms()
    is_translated = same.get(left, left) == same.get(right, right)
    if is_translated or right in short.get(left, ()) or left in short.get(right, ()):
        return _FORM
    return max(similarity, _remotely_alike(left, right))


def _remotely_alike(left: str, right: str) -> float:
    """0.85 where vowels differ, 0.7 for the same letters in another order, else less than 0.5."""
    one, other = spelling(left), spelling(right)
    edits = OSA.normalized_similarity(one, other)
    shortest = min(len(left), len(right))
    # Vowels of names that were written out from other scripts vary; consonants by and large do not.
    if sound(left) == sound(right) and shortest >= 4 and edits >= 0.6:
        return _VOWELS
    if sorted(left) == sorted(right) and shortest >= 3:
        return 0.7
    likeness = JaroWinkler.normalized_similarity(left, right)
    by_beginning = 0.6 * likeness if likeness >= 0.75 else 0.0
    by_edits = edits / 2 + 0.1 if edits >= 0.5 else 0.0
    return min(_UNPAIRED, max(by_beginning, by_edits))


@lru_cache(maxsize=131_072)
def compare_people(left: PersonName, right: PersonName) -> Comparison:
    """How alike two names of people are; 0.7 at most where one has a single word."""
    similarity, reason = _similarity(left, right)
    if left.generation and right.generation and left.generation != right.generation:
        similarity, reason = min(similarity, _GENERATION_CAP), "alike, but of different generations"
    return Comparison(similarity, left.shown, right.shown, reason)


def _similarity(left: PersonName, right: PersonName) -> tuple[float, str]:
    shortest = min(len(left.words), len(right.words))
    if shortest > 1 and left.sorted_text == right.sorted_text:
        is_same = left.words == right.words
        return (1.0, "the same name") if is_same else (0.98, "the same words in another order")
    if len(left.words) != len(right.words) and (glued := word_similarity(left.glued, right.glued)):
        return 0.97 * glued, "the same letters, spaced differently"
    ours, theirs = _joined(left.words, right.words), _joined(right.words, left.words)
    found = aligned(ours, theirs, part_similarity)
    share = (1 - _LETTERS) * _share(found.pairs, found.left, found.right)
    share += _LETTERS * fuzz.ratio(left.sorted_text, right.sorted_text) / 100
    paired = [pair for pair in found.pairs if pair[2] >= _PAIRED]
    whole = sum(len(one) > 1 and len(other) > 1 for one, other, _ in paired)
    if not whole:
        return min(share, 0.3), "at most initials in common"
    if _families_differ(left, right, paired):
        return min(share, 0.5), "different family names"
    if shortest == 1:
        return min(share, _LONE_CAP), "one part in common"
    return min(share, _INITIALS_CAP if whole == 1 else 1.0), _reason(found)


def _joined(words: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """`words` with two neighbours as one where `others` has them so: al Fayed and Alfayed."""
    found: list[str] = []
    for word in words:
        if found and found[-1] + word in others:
            found[-1] += word
        else:
            found.append(word)
    return tuple(found)


def _share(
    pairs: tuple[tuple[str, str, float], ...], left: tuple[str, ...], right: tuple[str, ...]
) -> float:
    """What both names agree on, of all they say. What only one of them says counts little where two parts agree."""
    agreed = total = 0.0
    for one, other, similarity in pairs:
        weight = min(_weight(one), _weight(other))
        agreed += 2 * weight * similarity
        total += 2 * weight
    rest = [sum(map(_weight, side)) for side in (left, right)]
    is_middle = len(pairs) > 1 and min(rest) == 0
    return agreed / (total + sum(rest) * (_MIDDLE if is_middle else 1.0)) if agreed else 0.0


def _families_differ(
    left: PersonName, right: PersonName, pairs: list[tuple[str, str, float]]
) -> bool:
    """Whether both family names are known and no word of them was paired."""
    if not left.family or not right.family:
        return False
    return not any(one in left.family or other in right.family for one, other, _ in pairs)


def _reason(found: Aligned) -> str:
    if (found.left and found.right) or any(similarity < _PAIRED for *_, similarity in found.pairs):
        return "some parts in common"
    if any(len(one) == 1 or len(other) == 1 for one, other, _ in found.pairs):
        return "an initial stands for a name"
    if any(similarity < 1.0 for *_, similarity in found.pairs):
        return "parts spelt differently, or short forms"
    return "one has parts more than the other" if found.left or found.right else "the same parts"


def _weight(word: str) -> float:
    if len(word) == 1:
        return _INITIAL
    return _PARTICLE if word in _lists().particles else _USUAL


@cache
def _lists() -> _Words:
    text = files("graph.match").joinpath("person_words.toml").read_text("utf-8")
    given: dict[str, Any] = tomllib.loads(text)
    generations = {
        w: name for name, others in given["generations"].items() for w in (name, *others)
    }
    same = {other: name for name, others in given["same"].items() for other in (name, *others)}
    titles, degrees, particles = (
        frozenset(given[name]) for name in ("titles", "degrees", "particles")
    )
    return _Words(titles, degrees, particles, generations, same)


@cache
def short_forms() -> dict[str, frozenset[str]]:
    """The short forms of each given name, in plain letters."""
    found: dict[str, set[str]] = {}
    for triplet in name_triplets():
        found.setdefault(triplet.name1, set()).add(triplet.name2)
    return {name: frozenset(forms) for name, forms in found.items()}
