"""Field-by-field reading of collected entities: one simple query a field, and the rest in Python.

It is the statement of what a compiled operation must give. It serves root fields whose arguments
are refused, and entities below other things (findings, events, payloads). It gives records, not
objects of the schema. Since it goes through all candidates of a list, its lists are bounded; the
compiled way has no such bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from graph.errors import LimitExceeded
from graph.model import registry
from graph.queries import entity as queries
from graph.select.cursors import Order
from graph.select.search import full_text
from server.graphql.context import Context
from server.graphql.declare import Given
from server.graphql.entities.matching import matches
from server.graphql.entities.reads import ReadsRelationship, relationship_reads, to_camel
from server.graphql.entities.record import EntityRecord, LinkRecord, Told, spans_of
from server.graphql.paging import Ordered, PageInfo, check_first

T = TypeVar("T")
F = TypeVar("F", EntityRecord, LinkRecord)

STRETCH = 1_000
TURN = 100
MOST_CANDIDATES = 20_000

Arguments = Mapping[str, Any]
"""A field's arguments by their names in snake_case; what was not given is missing or None."""


@dataclass(frozen=True)
class Found(Generic[T]):
    """A page of a list: the items with their cursors, where it ends, and how many there are in all."""

    shown: list[tuple[str, T]]
    info: PageInfo
    total: int


@dataclass(frozen=True)
class Neighbour:
    """A relationship and the entity at its far end."""

    link: LinkRecord
    other: EntityRecord


def given_or(value: T | None, default: T) -> T:
    """What was given, or the default in place of null."""
    return default if value is None else value


def _page(ordered: Ordered[T], given: Arguments, default: int = 25) -> Found[T]:
    shown, info = ordered.page(given_or(given.get("first"), default), given.get("after"))
    return Found(shown, info, len(ordered.items))


def _entity(row: queries.EntityRow) -> EntityRecord:
    return EntityRecord(row.properties, tuple(row.versions), labels=tuple(row.labels))


def _link(row: queries.LinkRow) -> LinkRecord:
    return LinkRecord(
        row.properties,
        tuple(row.versions),
        type=row.type,
        source_id=row.source_id,
        target_id=row.target_id,
    )


async def as_told(context: Context, facts: Sequence[F]) -> list[F]:
    """These facts as the caller may know them: not all that was ever said of each may be readable."""
    readable = context.readable
    if readable is None:
        return list(facts)
    asked = {fact.id: _place(fact) for fact in facts if fact.strictest not in readable}
    if not asked:
        return list(facts)
    params = queries.ToldParams(org=context.org, facts=list(asked.values()), readable=readable)
    rows = {row.id: row for row in await context.store.fetch(queries.LIST_TOLD.bind(params))}
    return [
        replace(fact, told=_told(rows[fact.id], fact, readable)) if fact.id in rows else fact
        for fact in facts
    ]


def _told(row: queries.ToldRow, fact: EntityRecord | LinkRecord, readable: Sequence[str]) -> Told:
    looks = sorted(row.looks)
    return Told(
        tuple(spans_of(row.log)),
        (looks[0], looks[-1]) if looks else None,
        row.supports,
        row.doubt,
        has_former_values=fact.is_unchanged or fact.strictest_values in readable,
    )


def _place(fact: EntityRecord | LinkRecord) -> dict[str, str | None]:
    """Where the answers about a fact are found, in the form of entity/list_told."""
    is_link = isinstance(fact, LinkRecord)
    entity = fact.source_id if isinstance(fact, LinkRecord) else fact.id
    return {"id": fact.id, "entity": entity, "link": fact.id if is_link else None}


async def by_id(context: Context, entity_id: str) -> EntityRecord | None:
    """The entity with this id."""
    params = queries.OneParams(org=context.org, readable=context.readable, id=entity_id)
    rows = await context.store.fetch(queries.GET_ENTITY.bind(params))
    found = await as_told(context, [_entity(row) for row in rows])
    return found[0] if found else None


async def end_of(context: Context, entity_id: str) -> EntityRecord:
    """The entity that an end of something else names, and which is there with it."""
    found = await by_id(context, entity_id)
    if found is None:
        raise LookupError(f"entity {entity_id} is missing where something names it as its end")
    return found


async def by_ids(context: Context, ids: Sequence[str]) -> list[EntityRecord]:
    """The known ones of these entities, in the order of their ids."""
    params = queries.ManyParams(org=context.org, readable=context.readable, ids=sorted(set(ids)))
    rows = await context.store.fetch(queries.LIST_BY_IDS.bind(params))
    return await as_told(context, [_entity(row) for row in rows])


async def neighbours_of(context: Context, entity_id: str, types: Sequence[str]) -> list[Neighbour]:
    """Every relationship of these types, closed ones included."""
    params = queries.LinksParams(
        org=context.org, readable=context.readable, id=entity_id, types=list(types)
    )
    rows = await context.store.fetch(queries.LIST_LINKS.bind(params))
    others = [
        EntityRecord(
            row.other_properties, tuple(row.other_versions), labels=tuple(row.other_labels)
        )
        for row in rows
    ]
    links = await as_told(context, [_link(row) for row in rows])
    return list(map(Neighbour, links, await as_told(context, others)))


async def links_among(
    context: Context, ids: Sequence[str], types: Sequence[str] | None = None
) -> list[LinkRecord]:
    """Every relationship among these entities, closed ones included, in the order of their ids."""
    params = queries.LinksAmongParams(
        org=context.org,
        readable=context.readable,
        ids=sorted(set(ids)),
        types=list(registry.relationship_types() if types is None else types),
    )
    rows = await context.store.fetch(queries.LIST_LINKS_AMONG.bind(params))
    found = await as_told(context, [_link(row) for row in rows])
    return sorted(found, key=lambda link: link.id)


async def meets(
    context: Context, fact: EntityRecord | LinkRecord, at: datetime | None, where: Given | None
) -> bool:
    """Whether a fact as it was at `at` meets a filter."""

    async def related(entity: EntityRecord, field: str, part: Given) -> bool:
        reads = relationship_reads(registry.kinds()[entity.kind])[to_camel(field)]
        for each in await neighbours_of(context, entity.id, [reads.relationship.type]):
            is_held = leads(each.link, entity.id, reads.way) and each.link.holds(at)
            if is_held and await meets(context, each.other, at, part):
                return True
        return False

    return await matches(fact, at, where, related)


async def _those(items: Iterable[T], is_wanted: Callable[[T], Awaitable[bool]]) -> list[T]:
    """The wanted ones. Looking at thousands waits for nothing, so others are given a turn now and then."""
    found: list[T] = []
    for number, each in enumerate(items, start=1):
        if number % TURN == 0:
            await asyncio.sleep(0)
        if await is_wanted(each):
            found.append(each)
    return found


def leads(link: LinkRecord, entity_id: str, way: str) -> bool:
    """Whether a relationship leaves (OUT) or reaches (IN) an entity."""
    return entity_id == (link.source_id if way == "OUT" else link.target_id)


def _is_shown(fact: EntityRecord | LinkRecord, at: datetime | None, given: Arguments) -> bool:
    return fact.was_known(at) and (bool(given.get("include_closed")) or fact.holds(at))


async def _of_all(
    context: Context, bases: Sequence[str], types: Sequence[str]
) -> list[tuple[str, Neighbour]]:
    """The relationships of each of these, with which of them they are seen from."""
    return [(base, each) for base in bases for each in await neighbours_of(context, base, types)]


async def neighbours(
    context: Context,
    bases: Sequence[str],
    at: datetime | None,
    reads: ReadsRelationship,
    given: Arguments,
) -> Found[Neighbour]:
    """A page of the relationships of one type that some entities have which are one."""

    async def is_wanted(seen: tuple[str, Neighbour]) -> bool:
        base, each = seen
        return (
            leads(each.link, base, reads.way)
            and _is_shown(each.link, at, given)
            and await meets(context, each.link, at, given.get("edge"))
            and await meets(context, each.other, at, given.get("where"))
        )

    all_of_them = await _of_all(context, bases, [reads.relationship.type])
    found = [each for _, each in await _those(all_of_them, is_wanted)]
    ordered = Ordered(Order.CONNECTION, found, lambda each: (each.other.key, each.link.id))
    return _page(ordered, given)


async def links(
    context: Context, bases: Sequence[str], at: datetime | None, given: Arguments
) -> Found[Neighbour]:
    """A page of the relationships of every type that some entities have which are one."""
    types = [str(name) for name in given_or(given.get("types"), registry.relationship_types())]
    direction = given_or(given.get("direction"), "BOTH")
    found = [
        each
        for base, each in await _of_all(context, bases, types)
        if _is_shown(each.link, at, given)
        and (direction == "BOTH" or leads(each.link, base, direction))
    ]
    ordered = Ordered(
        Order.LINKS, found, lambda each: (each.link.type, each.other.key, each.link.id)
    )
    return _page(ordered, given)


async def entities(context: Context, kinds: Sequence[str], given: Arguments) -> Found[EntityRecord]:
    """A page of the organization's entities of some kinds."""
    at = given.get("at")

    async def is_wanted(record: EntityRecord) -> bool:
        return _is_shown(record, at, given) and await meets(context, record, at, given.get("where"))

    found = await _those(await _candidates(context, kinds, given.get("search")), is_wanted)
    order = given["order_by"].given if given.get("order_by") else {}
    by = str(order.get("field", "KEY"))
    ordered = Ordered(
        Order[by],
        found,
        lambda record: (_ORDERS[by](record, at), record.id),
        is_descending=order.get("direction") == "DESC",
        is_time=by in ("FIRST_SEEN", "LAST_SEEN"),
    )
    return _page(ordered, given)


_ORDERS: Mapping[str, Callable[[EntityRecord, datetime | None], Any]] = {
    "KEY": lambda record, _: record.key,
    "FIRST_SEEN": lambda record, _: record.first_seen,
    "LAST_SEEN": lambda record, at: record.last_seen(at),
    "CONFIDENCE": lambda record, _: record.doubt,
}


async def _candidates(
    context: Context, kinds: Sequence[str], search: str | None
) -> list[EntityRecord]:
    if search is not None:
        return [record for record in await _searched(context, search) if record.kind in kinds]
    return await of_kinds(context, kinds)


async def of_kinds(context: Context, kinds: Sequence[str]) -> list[EntityRecord]:
    """Every entity of these kinds, closed ones included, in the order of keys and ids."""
    found: list[EntityRecord] = []
    while len(found) < MOST_CANDIDATES:
        params = queries.StretchParams(
            org=context.org,
            readable=context.readable,
            kinds=list(kinds),
            behind=found[-1].key if found else "",
            behind_id=found[-1].id if found else "",
            limit=STRETCH,
        )
        rows = await context.store.fetch(queries.LIST_OF_KINDS.bind(params))
        found += await as_told(context, [_entity(row) for row in rows])
        if len(rows) < STRETCH:
            return found
    raise LimitExceeded(
        f"more than {MOST_CANDIDATES} entities to go through one by one, as is done where something "
        "below the list is asked for with an argument that is not right: a page size, a cursor"
    )


async def _searched(context: Context, search: str) -> list[EntityRecord]:
    params = queries.SearchParams(
        org=context.org, readable=context.readable, query=full_text(search, context.org)
    )
    rows = await context.store.fetch(queries.FIND_ENTITIES.bind(params))
    return await by_ids(context, [row.id for row in rows])


async def observations(
    context: Context, entity_id: str, given: Arguments
) -> Found[queries.ObservationRow]:
    """A page of what collectors answered when they looked at an entity."""
    params = queries.ObservedParams(
        org=context.org, readable=context.readable, user=context.principal.user, id=entity_id
    )
    rows = await context.store.fetch(queries.LIST_OBSERVATIONS.bind(params))
    ordered = Ordered(
        Order.OBSERVATIONS,
        rows,
        lambda row: (row.properties["ended_at"], row.properties["id"]),
        is_descending=True,
        is_time=True,
    )
    return _page(ordered, given)


async def reasons(context: Context, entity_id: str, link_id: str = "") -> list[queries.ReasonRow]:
    """The answers that an entity, or a relationship that starts or ends at it, rests on now."""
    params = queries.ReasonsParams(
        org=context.org,
        readable=context.readable,
        user=context.principal.user,
        id=entity_id,
        link=link_id,
    )
    return await context.store.fetch(queries.LIST_REASONS.bind(params))


def strongest(rows: Iterable[queries.ReasonRow], first: int) -> list[queries.ReasonRow]:
    """The first reasons: the most reliable claim's first, then the latest answer, then by id."""
    check_first(first, 100)
    by_id = sorted(rows, key=lambda row: str(row.properties["id"]))
    latest = sorted(by_id, key=lambda row: row.properties["ended_at"], reverse=True)
    return sorted(latest, key=lambda row: row.doubt, reverse=True)[:first]


async def evidence(context: Context, observation_id: str) -> list[queries.EvidenceRow]:
    """The raw answers an observation was read from."""
    params = queries.OneParams(org=context.org, readable=context.readable, id=observation_id)
    return await context.store.fetch(queries.LIST_EVIDENCE.bind(params))


async def derivation(context: Context, entity_id: str, run: str) -> list[EntityRecord]:
    """A shortest way of derivation from a seed of the run; the entity alone where none led there."""
    params = queries.PathParams(
        org=context.org,
        readable=context.readable,
        user=context.principal.user,
        id=entity_id,
        run=run,
    )
    found = await context.store.fetch_one(queries.PATH_FROM_SEED.bind(params))
    ids = found.ids if found else [entity_id]
    records = {record.id: record for record in await by_ids(context, ids)}
    return [records[each] for each in ids if each in records]


async def link_end(context: Context, link_id: str) -> str | None:
    """The id of the entity that a relationship starts from."""
    params = queries.OneParams(org=context.org, readable=context.readable, id=link_id)
    row = await context.store.fetch_one(queries.FIND_LINK_END.bind(params))
    return row.id if row else None


async def reasons_of_finding(context: Context, finding_id: str) -> list[queries.ReasonRow]:
    """The answers that a finding's subject and evidence rest on, each once."""
    params = queries.OneParams(org=context.org, readable=context.readable, id=finding_id)
    basis = await context.store.fetch_one(queries.GET_FINDING_BASIS.bind(params))
    if basis is None:
        return []
    rows = [row for each in basis.entities for row in await reasons(context, each)]
    for link in await links_among(context, basis.entities):
        if link.id in basis.relationships:
            rows += await reasons(context, link.source_id, link.id)
    return list({row.properties["id"]: row for row in rows}.values())
