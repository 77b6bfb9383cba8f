"""Everything that can be asked of an organization that `tests.support.everything` wrote.

Each field once; each field that takes an id, with ids that the caller knows and with ids that they must not; how things
were at a moment; and what could tell of hidden things without naming them: filters on neighbours, orders, searches.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from graph.model import registry
from server.graphql.entities.queries import singular
from tests.support.everything import AT, FROM, STRIPES, TO, Things
from tests.support.ontology import one_of_each
from tests.support.patterned import ALIASES
from tests.support.patterned import NAME as PATTERN
from tests.support.selections import Block, Walk

ALONE = frozenset({"Query.cypher", "Query.auditEvents", "Query.tryRule", "Query.tryPattern"})
"""Root fields that are refused as a whole to some, or where the platform has them off; each stands by itself."""

OWN_RULE = "own.own"
"""The rule of its own that `tests.support.everything.write_accounts` gives an organization whose word is `own`."""

ACT = "endSession"
"""What is done to leave rows in the audit."""

ROOTS_OF_KINDS = frozenset(
    root for kind in registry.kinds().values() for root in (singular(kind), kind.plural)
)
_KEYS = {singular(kind): entity.key for kind, entity in one_of_each().items()}

_RULE = """
// title:       A name below another
// summary:     A name lies below another one.
// version:     1
// status:      experimental
// severity:    INFO
// confidence:  0.5
// reads:
//              (DomainName)-[:SUBDOMAIN_OF]->(DomainName)
// returns:
//              subject: DomainName
//              evidence: list<DomainName>
//              links: list<link>
//              score: float -- 0.5
// headline:    {subject} lies below {evidence}
// explanation: Finds much.
// remediation: Nothing needs to be done.
// false-positives: None.
// references:
//              RFC 1034
// author:      Tests
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]->(parent:DomainName)
RETURN subject, [parent] AS evidence, [below.id] AS links, 0.5 AS score
""".strip()

_GIVEN = {
    "Query.tryRule.text": json.dumps(_RULE),
    "Query.tryPattern.text": json.dumps(ALIASES),
    # Asking in Cypher leaves rows, too.
    "Query.auditEvents.filter": f"{{action: {json.dumps(ACT)}}}",
    "Query.planScan.input": f"{{seeds: [{json.dumps(_KEYS['domainName'])}]}}",
    "Query.matches.states": "[OPEN, ACCEPTED]",
    "Query.planRetention.settings": "{}",
    "Query.planConfiguration.document": "{mirage: 1, settings: {}, modules: {}}",
}


@dataclass(frozen=True)
class Asking:
    """Questions for somebody who knows `own`; `foreign` are ids that must be like unknown ones."""

    schema: GraphQLSchema
    own: Things
    foreign: Sequence[str]

    @property
    def query(self) -> GraphQLObjectType:
        """The root type of questions."""
        assert self.schema.query_type is not None
        return self.schema.query_type

    def walk(self, *, at: str = "") -> Walk:
        """All fields below the root, now or at a moment."""

        def give(name: str, argument: str, declared: GraphQLArgument) -> str | None:
            kind, _, field = name.partition(".")
            if kind != "Query":
                return None
            if given := _GIVEN.get(f"{name}.{argument}"):
                return given
            if argument == "at":
                return json.dumps(at) if at else None
            if argument == "first":
                return "50"
            return self._of_root(field, argument, declared)

        return Walk(self.schema, self.query, give)

    def _of_root(self, field: str, argument: str, declared: GraphQLArgument) -> str | None:
        if field in _KEYS and argument == "key":
            return json.dumps(_KEYS[field])
        if argument in ("from", "to") and get_named_type(declared.type).name == "DateTime":
            return json.dumps(FROM if argument == "from" else TO)
        if get_named_type(declared.type).name != "ID":
            return None
        ids = self.own.ids
        known = {
            "entity": ids["entity"][0], "why": ids["entity"][0], "neighborhood": ids["entity"][0],
            "finding": ids["finding"][0], "run": ids["run"][0], "scan": ids["scan"][0], "runDiff": ids["run"][0],
            "deadLetters": ids["run"][0], "communities": ids["run"][0], "channel": ids["channel"][0],
            "match": ids["match"][0],
            "matches": ids["matched"][0], "identity": ids["matched"][0], "similar": ids["matched"][0],
            "previewMatches": ids["match"][0], "lookAlikes": ids["entity"][0],
            "pattern": PATTERN, "savedQuery": ids["query"][0], "rule": OWN_RULE, "ruleVersions": OWN_RULE,
        }  # fmt: skip
        if field in ("paths", "connection"):
            return json.dumps(ids["entity"][0 if argument == "from" else 1])
        return json.dumps(known.get(field, "unknown"))

    def now(self) -> list[Block]:
        """All questions about how things are."""
        changes = "changed(first: 50) { items { changes { __typename property before after } } }"
        own = Block(
            f"diff(from: {json.dumps(FROM)}, to: {json.dumps(TO)}) {{ {changes} }}", frozenset()
        )
        return [*self.walk().blocks(), own, *self._with_ids(), *self._oracles()]

    def past(self) -> list[Block]:
        """All questions about how things were at a moment; they all begin at a kind of entity."""
        return list(self._past())

    def _past(self) -> Iterator[Block]:
        """What can be asked about a moment."""
        walk = self.walk(at=AT)
        kinds = {kind.__name__ for kind in one_of_each()}
        for block in walk.blocks():
            if (
                f"at: {json.dumps(AT)}" in block.text
                and {c.partition(".")[0] for c in block.covers} & kinds
            ):
                yield block

    def _with_ids(self) -> Iterator[Block]:
        """Each root field that takes ids, with each foreign one."""
        walk = self.walk()
        for name, declared in walk.asked(self.query):
            taking = [n for n, a in declared.args.items() if get_named_type(a.type).name == "ID"]
            for foreign in self.foreign:
                for argument in taking:
                    call = walk.call(self.query, name, declared)
                    own = f"{argument}: {self._of_root(name, argument, declared.args[argument])}"
                    assert own in call or not _is_required(declared.args[argument]), call
                    asked = call.replace(own, f"{argument}: {json.dumps(foreign)}")
                    inner = get_named_type(declared.type)
                    below = walk.below(inner, 1)  # type: ignore[arg-type]
                    yield Block(f"{asked} {{ {below.text} }}", below.covers | {f"Query.{name}"})

    def _oracles(self) -> Iterator[Block]:
        """What could tell of hidden things without naming them."""
        for kind in registry.kinds().values():
            where = self.schema.type_map[f"{kind.__name__}Where"]
            assert isinstance(where, GraphQLInputObjectType)
            if "has" in where.fields:
                related = get_named_type(where.fields["has"].type)
                assert isinstance(related, GraphQLInputObjectType)
                for name in related.fields:
                    for filtered in (f"has: {{{name}: {{}}}}", f"not: {{has: {{{name}: {{}}}}}}"):
                        yield _counted(kind.plural, f"where: {{{filtered}}}")
            yield _counted(kind.plural, f"includeClosed: true, search: {json.dumps(STRIPES)}")
        for order in ("KEY", "FIRST_SEEN", "LAST_SEEN", "CONFIDENCE"):
            for direction in ("ASC", "DESC"):
                by = f"orderBy: {{field: {order}, direction: {direction}}}, first: 3"
                yield _counted(
                    "entities",
                    by,
                    "edges { cursor } nodes { id } pageInfo { hasNextPage endCursor }",
                )
        yield _counted("entities", "includeClosed: true")
        yield _counted("entities", "where: {confidence: {gt: 0.9}}")
        yield _counted("entities", f"where: {{tags: {{has: {json.dumps(STRIPES)}}}}}")
        yield _counted("findings", "states: [OPEN, CLOSED, SUPPRESSED]")
        yield _counted("matches", "states: [OPEN, DEFERRED, ACCEPTED, REJECTED, WITHDRAWN]")


def _counted(name: str, arguments: str, more: str = "") -> Block:
    return Block(f"{name}({arguments}) {{ totalCount {more} }}", frozenset({f"Query.{name}"}))


def _is_required(argument: GraphQLArgument) -> bool:
    return str(argument.type).endswith("!")
