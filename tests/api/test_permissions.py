"""Every root field, asked by every role: who may not is told NOT_PERMITTED, who may is not."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    get_named_type,
    is_leaf_type,
)
from starlette.applications import Starlette

from graph.errors import NotPermitted
from server.auth.policy import GRANTS, Permission, Principal, Role, granted
from server.graphql.context import Context
from server.graphql.execution import Question
from server.graphql.permissions import permission_of
from server.graphql.schema import core_schema
from server.web.services import Services
from tests.api.conftest import Caller, MakeCaller

SCHEMA = core_schema()
VALUES = {
    "Int": "1",
    "Float": "0.5",
    "Boolean": "true",
    "Long": "1",
    "JSON": "{}",
    "DateTime": '"2026-01-01T00:00:00Z"',
    "SecretText": "$secret",
}
LEAVING = ("leaveOrganization", "deleteOrganization", "transferOrganization")


def _value(kind: GraphQLInputType) -> str:
    """Something of this type that is right in form and stands for nothing that is there."""
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{_value(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        given = (
            f"{name}: {_value(each.type)}" for name, each in kind.fields.items() if _is_needed(each)
        )
        return f"{{{', '.join(given)}}}"
    return VALUES.get(str(kind), '"nothing.example"')


def _is_needed(given: Any) -> bool:
    return isinstance(given.type, GraphQLNonNull) and given.default_value is Undefined


def _selected(name: str, field: GraphQLField) -> str:
    given = [f"{each}: {_value(a.type)}" for each, a in field.args.items() if _argument(a)]
    below = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    listed = f"({', '.join(given)})" if given else ""
    return f"{name}{listed}{below}"


def _argument(given: GraphQLArgument) -> bool:
    return _is_needed(given)


def _fields(root: GraphQLObjectType | None) -> dict[str, GraphQLField]:
    assert root is not None
    return dict(root.fields)


def _needed(root: GraphQLObjectType | None, field: GraphQLField) -> Permission:
    assert root is not None
    found = permission_of(root, field)
    assert found is not None
    return found


def _is_refused(answer: dict[str, Any]) -> bool:
    """Whether the operation was refused before it was carried out."""
    codes = [each["extensions"]["code"] for each in answer.get("errors", [])]
    return "data" not in answer and codes == ["NOT_PERMITTED"]


async def _asked(caller: Caller, kind: str, selection: str) -> bool:
    given = {"secret": "nothing.example"} if "$secret" in selection else {}
    declared = "($secret: SecretText!)" if given else ""
    asked = f"{kind} Asked{declared} {{ {selection} }}"
    answer: dict[str, Any] = (await caller.post(asked, given)).json()
    assert _is_refused(answer) or "data" in answer, answer
    return not _is_refused(answer)


@pytest.mark.parametrize("role", Role)
async def test_questions(make_caller: MakeCaller, role: Role) -> None:
    caller: Caller = await make_caller(role.value)
    root = SCHEMA.query_type
    wrong = {
        name
        for name, field in _fields(root).items()
        if await _asked(caller, "query", _selected(name, field))
        is not (_needed(root, field) in GRANTS[role])
    }
    assert wrong == set()


@pytest.mark.parametrize("role", Role)
async def test_changes(make_caller: MakeCaller, role: Role) -> None:
    caller: Caller = await make_caller(role.value)
    root = SCHEMA.mutation_type
    # A file stands beside the document, not in it.
    fields = {name: field for name, field in _fields(root).items() if name != "importFile"}
    wrong = set()
    for name in sorted(fields, key=lambda each: (each in LEAVING, each)):
        is_allowed = await _asked(caller, "mutation", _selected(name, fields[name]))
        if is_allowed is not (_needed(root, fields[name]) in GRANTS[role]):
            wrong.add(name)
    assert wrong == set()


@pytest.mark.parametrize("role", Role)
async def test_what_is_followed(app: Starlette, role: Role) -> None:
    services: Services = app.state.services
    root = SCHEMA.subscription_type
    for name, field in _fields(root).items():
        caller = Principal("u", "e", "o", "n", role, "c", granted(role, None, None))
        context: Context = services.context(caller, "")
        question = Question(f"subscription {{ {_selected(name, field)} }}")
        if _needed(root, field) in GRANTS[role]:
            assert (await services.executor.ask(question, context)).operation.kind == "subscription"
        else:
            with pytest.raises(NotPermitted):
                await services.executor.ask(question, context)


async def test_a_platform_admin_operates_whatever_the_role(
    make_caller: MakeCaller, store: Any
) -> None:
    caller: Caller = await make_caller("INGEST")
    operating = 'mutation { suspendOrganization(id: "x") { __typename } }'
    assert _is_refused((await caller.post(operating)).json())
    operator: Caller = await make_caller("INGEST")
    await store.execute(
        "MATCH (u:User {id: $id}) SET u.is_platform_admin = true", {"id": operator.id}
    )
    assert not _is_refused((await operator.post(operating)).json())
    assert _is_refused((await operator.post("{ findings { totalCount } }")).json())
