"""Names out of labelled sets, in pairs that are hard to tell apart, and how well scores rank the pairs that are one."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bench._kit.labelled import LabelledSet
from graph.match.identifiers import Number
from graph.match.names import body_name, compare_names
from graph.match.people import compare_people, person_name
from graph.match.profile import Place, Profile
from graph.match.records.candidates import within
from graph.match.records.table import Table

Schema = Literal["Person", "Company"]
_EACH, _MOST = 10, 1_500
_GIVEN = re.compile(r"given|first", re.IGNORECASE)
_FAMILY = re.compile(r"sur_?name|last|family", re.IGNORECASE)
_BODY = re.compile(r"(?:site )?name", re.IGNORECASE)


@dataclass(frozen=True)
class NamePairs:
    """Pairs of names of one schema, and which are of one bearer."""

    name: str
    schema: Schema
    pairs: tuple[tuple[str, str], ...]
    is_one: tuple[bool, ...]

    def ours(self) -> list[float]:
        """How alike we find them."""
        if self.schema == "Person":
            return [
                compare_people(person_name(a), person_name(b)).similarity for a, b in self.pairs
            ]
        return [compare_names(body_name(a), body_name(b)).similarity for a, b in self.pairs]

    def precision(self, scores: Sequence[float]) -> float:
        """The mean precision over all thresholds (average precision): 1 where each pair that is one is ranked first."""
        order = np.argsort(-np.asarray(scores), kind="stable")
        sorted_, right = np.asarray(scores)[order], np.asarray(self.is_one)[order]
        ends = np.flatnonzero(np.append(sorted_[1:] != sorted_[:-1], True))
        found = np.cumsum(right)[ends]
        gained = np.diff(np.concatenate(([0], found)))
        return float((gained * found / (ends + 1)).sum() / max(int(right.sum()), 1))


def name_pairs(labelled: LabelledSet) -> NamePairs | None:
    """The pairs of a set of one table that has names of people or bodies; only names of two words or more."""
    table = labelled.left
    schema, columns = _named(table)
    if labelled.right or not columns:
        return None
    names = [" ".join(filter(None, (row[at] for at in columns))) for row in table.rows[:_MOST]]
    chosen = [at for at, name in enumerate(names) if len(name.split()) > 1]
    found = within(
        Table(("name",), tuple(map(str, chosen)), tuple((names[at],) for at in chosen)), _EACH
    )
    ends = [
        (chosen[a], chosen[b])
        for a, b in zip(found.left.tolist(), found.right.tolist(), strict=True)
    ]
    return NamePairs(
        labelled.name,
        schema,
        tuple((names[a], names[b]) for a, b in ends),
        tuple((table.ids[a], table.ids[b]) in labelled.pairs for a, b in ends),
    )


def _named(table: Table) -> tuple[Schema, list[int]]:
    given = [at for at, column in enumerate(table.columns) if _GIVEN.search(column)]
    family = [at for at, column in enumerate(table.columns) if _FAMILY.search(column)]
    if given and family:
        return "Person", [given[0], family[0]]
    return "Company", [at for at, c in enumerate(table.columns) if _BODY.fullmatch(c)][:1]


_GIVEN_NAMES = ("james", "mary", "robert", "patricia", "john", "jennifer", "ivan", "olga", "sergei")
_FAMILY_NAMES = ("smith", "johnson", "williams", "brown", "garcia", "petrov", "ivanova", "mueller")
_BRANDS = ("acme", "nova", "orion", "helix", "zenith", "apex", "summit", "ridge", "delta", "vertex")
_TRADES = ("Holdings", "Group", "Services", "Systems", "Logistics", "Trading", "International")
_FORMS = ("GmbH", "AG", "Ltd", "Limited", "Inc", "LLC", "B.V.", "SARL")


def people(count: int) -> list[Profile]:
    """Made-up people with all that is compared."""
    draw = random.Random("people")
    return [_person(draw, at) for at in range(count)]


def bodies(count: int) -> list[Profile]:
    """Made-up companies with all that is compared."""
    draw = random.Random("bodies")
    return [_body(draw, at) for at in range(count)]


def pairs_of(profiles: Sequence[Profile], count: int) -> Iterator[tuple[Profile, Profile]]:
    """Pairs drawn at random."""
    draw = random.Random("pairs")
    return ((draw.choice(profiles), draw.choice(profiles)) for _ in range(count))


def _person(draw: random.Random, at: int) -> Profile:
    given, family = draw.choice(_GIVEN_NAMES), draw.choice(_FAMILY_NAMES)
    return Profile(
        "Person",
        str(at),
        (f"{given} {family}".title(),),
        countries=(draw.choice(("DE", "GB", "US")),),
        dates=(_day(draw),),
        emails=(f"{given}.{family}{draw.randint(1, 99)}@example.com",),
        phones=(f"+49{draw.randint(10**8, 10**9)}",),
    )


def _body(draw: random.Random, at: int) -> Profile:
    brand = draw.choice(_BRANDS)
    name = f"{brand.title()} {draw.choice(_BRANDS).title()} {draw.choice(_TRADES)} {draw.choice(_FORMS)}"
    return Profile(
        "LegalEntity",
        str(at),
        (name,),
        countries=(draw.choice(("DE", "GB", "US")),),
        numbers=(Number("reg", str(at), "DE"),),
        dates=(_day(draw),),
        phones=(f"+49{draw.randint(10**8, 10**9)}",),
        sites=(f"{brand}{at % 50}.com",),
        places=(Place(f"{draw.randint(1, 200)} {draw.choice(_BRANDS).title()} Street", str(at)),),
    )


def _day(draw: random.Random) -> str:
    return f"{draw.randint(1940, 2000)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
