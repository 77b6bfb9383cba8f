"""What it costs to compare a new record where few, many and very many are known already.

People are made up, with names as often as names are (few very many, many few), and birth dates. Those that are known
are put into their blocks as the resolver does; new ones go the whole way: written, gathered, compared, kept.
"""

from __future__ import annotations

import itertools
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bench._kit.caller import wipe
from bench._kit.figure import Figure, Goal
from bench._kit.plan import Plan
from bench._kit.servers import servers
from graph.correlate.anchors import Touched
from graph.facts import Answer, Outcome
from graph.identity.blocks import record_of
from graph.identity.comparing import Resolver
from graph.identity.pairs import basis
from graph.match.profile import Profile
from graph.model.party import Person
from graph.queries.matching import UPSERT_PROFILES, ProfileRecord, ProfilesParams
from graph.store import Limits, Store
from graph.writer import Writer

AT = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 500  # people put into their blocks by one statement
SYLLABLES = tuple(
    a + b for a in "bdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "ar", "en", "il")
)
_KNOWN = """
UNWIND $rows AS row
CREATE (:Entity:Person {id: row[0], org: $org, key: row[1], name: row[2], birth_date: row[3], holds_since: $at})
"""
_PATIENCE = Limits(120, 120)


def people() -> Iterator[Person]:
    """Made-up people without end; every tenth is one of the ten before, misspelt and with the year of birth alone."""
    draw = random.Random("people")
    given = [_word(draw, 2) for _ in range(2_000)]
    family = [_word(draw, 3) for _ in range(20_000)]
    often, seldom = ([1 / (n + 3) for n in range(len(each))] for each in (given, family))
    given_sums, family_sums = list(itertools.accumulate(often)), list(itertools.accumulate(seldom))
    recent: list[Person] = []
    for number in itertools.count():
        if number % 10 == 9:
            known = draw.choice(recent)
            name, born = str(known.name).replace("a", "aa", 1), str(known.birth_date)[:4]
            recent = []
        else:
            name = " ".join(
                draw.choices(words, cum_weights=sums)[0].title()
                for words, sums in ((given, given_sums), (family, family_sums))
            )
            born = f"{draw.randint(1940, 2005)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
        found = Person(source="register", record_id=str(number), name=name, birth_date=born)
        recent.append(found)
        yield found


def _word(draw: random.Random, syllables: int) -> str:
    return "".join(draw.choices(SYLLABLES, k=syllables))


async def measure(plan: Plan) -> Sequence[Figure]:
    """Compare as many new people each time, at sizes ten times apart."""
    sizes = [*plan.size((10_000, 100_000), (300, 1_000)), *([1_000_000] if plan.is_full else [])]
    new = plan.size(1_000, 50)
    org, source, known = str(uuid.uuid4()), people(), 0
    figures: list[Figure] = []
    with servers(with_redis=False) as found:
        async with found.store() as store:
            try:
                await _compare(store, org, source, 20)  # statements are planned once
                for size in sizes:
                    plan.say(f"identity: {size:,} people become known")
                    for _ in range(known, size, AT_ONCE):
                        await _know(store, org, list(itertools.islice(source, AT_ONCE)))
                    known = size + new
                    took, pairs = await _compare(store, org, source, new)
                    plan.say(f"identity: {1000 * took / new:.2f} ms for a new one")
                    figures.append(_figure(figures, size, 1000 * took / new, pairs / new))
            finally:
                if found.is_neo4j_given:
                    await wipe(store, org)
    return figures


def _figure(before: Sequence[Figure], size: int, took_ms: float, pairs: float) -> Figure:
    name, note = f"a new record among {size:,}", f"{pairs:.1f} compared with each"
    if not before:
        return Figure(name, took_ms, "ms", note=note)
    first = before[0].value
    return Figure(name, took_ms, "ms", first, took_ms / first, Goal(1.5), note)


async def _know(store: Store, org: str, made: Sequence[Person]) -> None:
    """Have people be known as if all had been written and compared."""
    rows = [[each.id_in(org), each.key, each.name, each.birth_date] for each in made]
    await store.transact(
        lambda tx: tx.execute(_KNOWN, {"rows": rows, "org": org, "at": AT}), limits=_PATIENCE
    )
    params = ProfilesParams(org=org, profiles=[_record(org, each) for each in made])
    await store.fetch(UPSERT_PROFILES.bind(params), limits=_PATIENCE)


def _record(org: str, made: Person) -> ProfileRecord:
    profile = Profile("Person", made.id_in(org), (str(made.name),), dates=(str(made.birth_date),))
    return record_of(org, profile, basis())


async def _compare(
    store: Store, org: str, source: Iterator[Person], count: int
) -> tuple[float, int]:
    """Write new people and compare them; the seconds that comparing took, and how many pairs were judged."""
    made = list(itertools.islice(source, count))
    async with Writer(store) as writer:
        written = await writer.write(
            org, [Answer(each, "register", Outcome.FOUND, AT, AT, (each,)) for each in made]
        )
    began = time.perf_counter()
    done = await Resolver(store).compare(org, Touched.of(written.touched), AT)
    return time.perf_counter() - began, done.pairs
