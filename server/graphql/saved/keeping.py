"""Saving and deleting queries: what is kept was parsed, validated and measured, so that it can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import OperationDefinitionNode

from graph.errors import Conflict, InvalidQuestion, LimitExceeded, NotFound
from graph.model.base import name_id
from graph.patterns.keeping import check_name
from graph.queries import saved as queries
from graph.queries import watch as watches
from graph.queries.pattern import OrgParams
from graph.setting import check_expected, hold_settings
from graph.store import Transaction
from server.auth.policy import Permission
from server.configuration.kept import Configurations
from server.graphql.context import Context
from server.graphql.document import InvalidDocument, Prepared
from server.graphql.execution import without_hints
from server.graphql.limits import check_variables
from server.graphql.saved.finding import seen
from server.graphql.saved.prepared import check_values, documents
from server.graphql.watches.keeping import check_watched, tell_set

LONGEST_DESCRIPTION = 1_000
MOST_VARIABLES = 20_000  # characters of all values together
REPEATS = 20


@dataclass(frozen=True)
class Draft:
    """A query as somebody wants to keep it. `expects` is how often it was saved before; None whatever that is."""

    name: str
    document: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    is_shared: bool = False
    tlp: str = ""
    expects: int | None = None


async def save(context: Context, draft: Draft, change: str) -> Mapping[str, Any]:
    """Keep a query of the caller's own; `change` is equal for the same request sent again.

    Raises InvalidQuestion for what cannot be asked, NotPermitted for what the caller may not ask, Conflict where the
    name is another's, or another version is there than is expected; LimitExceeded where there are too many.
    """
    prepared = await _check(context, draft)
    most = (await Configurations(context.store).counting(context.org)).own.queries.most
    owner = context.principal.user

    async def work(tx: Transaction) -> Mapping[str, Any]:
        await hold_settings(tx, context.org)
        own = queries.OwnParams(org=context.org, owner=owner, name=draft.name)
        [row] = await tx.fetch(queries.GET_OWN.bind(own))
        known = row.properties or {}
        if change in known.get("changes", ()):
            return known
        _check_place(draft, known.get("number", 0), is_taken=row.is_taken)
        if row.is_watched:
            check_watched(prepared, draft.variables)
        if not known:
            await _check_room(tx, context.org, most)
        params = queries.SaveParams(
            id=known.get("id") or name_id(context.org, "SavedQuery", change),
            org=context.org, owner=owner, name=draft.name, now=context.now(),
            properties=_properties(draft, known, change),
        )  # fmt: skip
        [saved] = await tx.fetch(queries.UPSERT_SAVED.bind(params))
        await tx.fetch(watches.UPSERT_DUE.bind(watches.DueParams(id=params.id, now=params.now)))
        return saved.properties

    done, _ = await context.store.transact(work)
    found = await seen(context, done["id"])
    if not found or found[0]["watch"] is None:
        return done
    await tell_set(context, done["id"])
    return found[0]


async def delete(context: Context, called: str) -> None:
    """Delete a query of the caller's own, or a shared one where they may edit rules. Raises NotFound, NotPermitted."""
    found = await seen(context, called)
    if not found:
        raise NotFound(f"id: there is no saved query {called[:100]}")
    if found[0]["owner"] != context.principal.user:
        await context.require(Permission.EDIT_RULES, "deleting a query that is another's")
    params = queries.DeleteParams(org=context.org, id=found[0]["id"])
    await context.store.fetch(queries.DELETE_SAVED.bind(params))


def _check_place(draft: Draft, number: int, *, is_taken: bool) -> None:
    check_expected(draft.expects, number)
    if draft.is_shared and is_taken:
        raise Conflict(
            f"name: somebody else shares a query {draft.name}; give another name, or do not share this one"
        )


async def _check_room(tx: Transaction, org: str, most: int) -> None:
    [row] = await tx.fetch(queries.COUNT_SAVED.bind(OrgParams(org=org)))
    if row.total >= most:
        raise LimitExceeded(
            f"the organization has at most {most} saved queries (queries.most); delete one that is not needed"
        )


def _properties(draft: Draft, known: Mapping[str, Any], change: str) -> dict[str, Any]:
    return {
        "description": draft.description,
        "document": draft.document,
        "variables": orjson.dumps(dict(draft.variables)).decode(),
        "is_shared": draft.is_shared,
        "tlp": draft.tlp or None,
        "number": known.get("number", 0) + 1,
        "changes": [change, *known.get("changes", ())][:REPEATS],
    }


async def _check(context: Context, draft: Draft) -> Prepared:
    """The draft's document, prepared. Raises InvalidQuestion, LimitExceeded, NotPermitted where it cannot be asked."""
    check_name(draft.name)
    context.principal.require_clearance(draft.tlp, "marking")
    if len(draft.description) > LONGEST_DESCRIPTION:
        raise InvalidQuestion(f"description: {LONGEST_DESCRIPTION:,} characters at most are right")
    try:
        prepared = documents().prepare(draft.document)
    except InvalidDocument as error:
        raise InvalidQuestion(f"document: {_said(context, error)}") from None
    if len(prepared.operations) != 1:
        raise InvalidQuestion("document: it has several operations; one query is right")
    [operation] = prepared.operations.values()
    if operation.kind != "query":
        raise InvalidQuestion(f"document: it is a {operation.kind}; a query is right")
    for permission, name in operation.permissions.items():
        await context.require(permission, name)
    _check_variables(operation.node, draft.variables)
    documents().sum_of(prepared, operation, draft.variables)
    return prepared


def _check_variables(operation: OperationDefinitionNode, given: Mapping[str, Any]) -> None:
    """Raise InvalidQuestion for values of other types than the document's variables; not all need be given."""
    check_variables(given)
    if len(orjson.dumps(dict(given))) > MOST_VARIABLES:
        raise LimitExceeded(
            f"variables: {MOST_VARIABLES:,} characters at most are right, of all values together"
        )
    declared = {each.variable.name.value: each for each in operation.variable_definitions}
    if unknown := sorted(given.keys() - declared.keys()):
        there = ", ".join(declared) or "none"
        raise InvalidQuestion(
            f"variables: the document has no variable {unknown[0][:100]!r}; there are: {there}"
        )
    check_values((declared[name] for name in declared if name in given), given)


def _said(context: Context, error: InvalidDocument) -> str:
    """What is wrong with a document, and where; naming nothing else of the schema to who may not read that."""
    first = error.errors[0]
    if Permission.READ_SCHEMA not in context.principal.permissions:
        first = without_hints(first)
    at = f" (line {first.locations[0].line})" if first.locations else ""
    return f"{first.message}{at}"
