"""Nothing of another organization reaches a caller: by any field, id, filter, count, mutation, event or error.

What a caller is told is recorded while the other organization is empty, and must be the same once it is full: of the
same things, of others, and with every id of the other's that a field takes.
"""

from __future__ import annotations

import asyncio
import re
import sys

import pytest
from graphql import GraphQLArgument, GraphQLObjectType, get_named_type

from graph.store import Store
from graph.writer import EventGroup, Writer
from server.graphql.schema import core_schema
from server.jobs.events import Publisher
from server.jobs.queue import Queue
from tests.api.conftest import MakeCaller
from tests.api.test_sockets import greeted, said, subscribe
from tests.support.asking import ACT, Asking
from tests.support.everything import (
    STRIPES,
    open_things,
    secret_things,
    write_accounts,
    write_open,
    write_secret,
)
from tests.support.facts import answer
from tests.support.hearing import covered, hear, questions, stable, told_of, unlike
from tests.support.ontology import another_of_each
from tests.support.selections import Walk, literal

SCHEMA = core_schema()
UNKNOWN = "00000000-0000-4000-8000-000000000000"

# What only the platform's administrators reach: they run it for all organizations, and see of each that it is there.
PLATFORM = re.compile(
    r"HostedOrganization\w*\.\w+|Query\.(organizations|platformAuditEvents|platformConfiguration)"
    r"|Mutation\.((create|suspend|restore)Organization|(configure|rollBack)Platform\w*)"
)
LEAVE_ROWS = f'mutation {{ {ACT}(id: "unknown") {{ errors {{ code }} }} }}'
# Types of which this graph has nothing to show, each with its reason.
UNSEEN = {
    "CypherResult": "asking in Cypher is off",
    "MatchVeto": "what may be one here is vetoed by nothing; test_matches has some",
    "FindingClearing": "the findings here are no rule's; test_clearing has some",
    "ModuleUsage": "its runs were made longer ago than usage looks",
    "RunChanges": "each scan has one run here; test_run_changes has two",
    "NeededSecret": "no collector of Mirage's own needs a secret",
    "Service": "no other process runs in these tests",
    "OfferedCollector": "no other process runs in these tests",
}


def root(name: str) -> GraphQLObjectType:
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    return kind


def nothing(_name: str, _argument: str, _declared: GraphQLArgument) -> str | None:
    return None


async def test_what_is_asked_covers_every_field_of_the_schema() -> None:
    selected: set[str] = set()
    members: set[str] = set()
    every: set[str] = set()
    for name in ("Query", "Mutation", "Subscription"):
        walk = Walk(SCHEMA, root(name), nothing)
        members |= walk.fields
        selected |= covered(list(walk.blocks()))
        every |= Walk(SCHEMA, root(name), nothing, for_platform=True).fields
    declared = {
        f"{kind.name}.{name}"
        for kind in SCHEMA.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name in kind.fields
    }
    sys.stdout.write(
        f"{len(selected & members & declared)} of {len(members & declared)} fields are asked for;"
        f" {len(declared - members)} more are the platform administrators' alone\n"
    )
    assert declared - every == set(), "cannot be reached from a root"
    assert members - selected == set()
    assert {each for each in declared - members if not PLATFORM.fullmatch(each)} == set()


@pytest.mark.timeout(1_200)
@pytest.mark.usefixtures("patient")
async def test_an_organization_hears_nothing_of_another(
    make_caller: MakeCaller, store: Store
) -> None:
    mine, theirs = await make_caller(), await make_caller()
    await write_open(store, mine.org, mine.id)
    await write_accounts(store, mine.org, mine.id, "own")
    await mine.ask(LEAVE_ROWS)
    secret, known = secret_things(theirs.org), open_things(theirs.org)
    foreign = [
        *(ids[0] for things in (secret, known) for ids in things.ids.values()),
        theirs.org,
        theirs.id,
        f"own.{STRIPES}",
    ]
    wanted = questions(Asking(SCHEMA, open_things(mine.org), foreign))
    before = await hear(mine, wanted)
    await write_open(store, theirs.org, theirs.id)
    await write_secret(store, theirs.org, theirs.id, "")
    await write_accounts(store, theirs.org, theirs.id, STRIPES)
    await theirs.ask(LEAVE_ROWS)
    after = await hear(mine, wanted, again=True)

    assert unlike(before, after) == []
    words = {*secret.all_ids, *known.all_ids, theirs.id, theirs.org, theirs.email, STRIPES}
    assert {each for each in words if each in after.text} == set()
    kinds = {kind.name for kind in SCHEMA.type_map.values() if isinstance(kind, GraphQLObjectType)}
    reachable = kinds & set(Walk(SCHEMA, root("Query"), nothing).ways)
    assert reachable - after.types == set(UNSEEN), "else nothing of the type could have been told"


# --- changes --------------------------------------------------------------------------------------------------


def with_ids(given: str) -> list[str]:
    """The mutations that take an id, each as an operation with `given` for every one."""

    def give(name: str, argument: str, declared: GraphQLArgument) -> str | None:
        if not name.startswith("Mutation."):
            return None
        is_id = get_named_type(declared.type).name == "ID" or argument == "sha256"
        if is_id:
            return f"[{quoted(given)}]" if str(declared.type).startswith("[") else quoted(given)
        return literal(declared.type, {"ID": quoted(given)}) if _is_required(declared) else None

    walk = Walk(SCHEMA, root("Mutation"), give)
    return [
        f"mutation {{ {walk.selected(walk.root, name, declared, 2).text} }}"
        for name, declared in walk.asked(walk.root)
        if quoted(given) in walk.call(walk.root, name, declared)
    ]


def quoted(text: str) -> str:
    return f'"{text}"'


def _is_required(argument: GraphQLArgument) -> bool:
    return str(argument.type).endswith("!")


async def everything_of(store: Store, org: str) -> set[str]:
    """All that an organization has, a line for each node; but not when its keys were used, nor its audit."""
    rows = await store.read(
        """MATCH (n) WHERE (n.org = $org OR n.id = $org) AND NOT n:AuditEvent|AuditHead|AuditOpen
           RETURN labels(n) AS labels, n {.*, used_at: null} AS own,
                  COLLECT { MATCH (n)-[r]->(m) RETURN [type(r), properties(r), m.id] } AS links""",
        {"org": org},
    )
    return {
        repr([row["labels"], sorted(row["own"].items(), key=str), sorted(row["links"], key=str)])
        for row in rows
    }


@pytest.mark.timeout(300)
async def test_a_change_of_what_is_anothers_is_one_of_what_is_not_there(
    make_caller: MakeCaller, store: Store
) -> None:
    theirs = await make_caller()
    await write_open(store, theirs.org, theirs.id)
    things = {**open_things(theirs.org).ids, "org": (theirs.org,), "member": (theirs.id,)}
    before = await everything_of(store, theirs.org)
    unknown = [await told_of(await make_caller(), each, UNKNOWN) for each in with_ids(UNKNOWN)]
    assert len(unknown) > 10
    for ids in things.values():
        for one, expected in zip(with_ids(ids[0]), unknown, strict=True):
            assert await told_of(await make_caller(), one, ids[0]) == expected, one
    assert await everything_of(store, theirs.org) ^ before == set()


async def test_events_of_another_organization_do_not_arrive(
    address: str, make_caller: MakeCaller, store: Store, queue: Queue
) -> None:
    mine, theirs = await make_caller(), await make_caller()
    await write_open(store, theirs.org, theirs.id)
    run, finding = (open_things(theirs.org).ids[each][0] for each in ("run", "finding"))
    publisher = Publisher(store, queue)
    one = next(iter(another_of_each().values()))
    async with Writer(store, publisher) as writer, greeted(address, mine) as opened:
        await opened.send(subscribe("e", "subscription { entityFound { entity { key } } }"))
        await opened.send(subscribe("f", "subscription { findingChanged { finding { id } } }"))
        by_run = "subscription R($id: ID!) { entityFound(run: $id) { entity { key } } }"
        await opened.send(subscribe("r", by_run, id=run))
        follow = "subscription P($id: ID!) { runProgressed(id: $id) { run { id } } }"
        refused = {}
        for name, given in (("p", run), ("u", UNKNOWN)):
            await opened.send(subscribe(name, follow, id=given))
            told = await said(opened)
            refused[name] = repr(stable(told["payload"])).replace(given, "ID")
        assert refused["p"] == refused["u"]
        await asyncio.sleep(0.2)
        await writer.write(theirs.org, [answer(one, 100, one, collector="test.late", run=run)])
        await publisher.tell(theirs.org, EventGroup("finding.opened", "Finding", (finding,)))
        await publisher.tell(theirs.org, EventGroup("run.progressed", "Run", (run,), run))
        await writer.write(mine.org, [answer(one, 100, one)])
        told = await said(opened)
        assert (told["id"], told["payload"]["data"]["entityFound"]["entity"]["key"]) == (
            "e",
            one.key,
        )
        await opened.send('{"type": "ping"}')
        assert (await said(opened))["type"] == "pong", "and nothing else"
