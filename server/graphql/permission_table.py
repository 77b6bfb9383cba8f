"""The reference page of permissions: what each role has, and which fields of the schema need which permission.

Written from the policy and from what the fields declare; docs/reference/permissions.md is that text, and a test holds
both against it, cell by cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from graph.model import registry
from server.auth.policy import GRANTS, RESERVED, Permission, Role
from server.graphql.permissions import permission_of
from server.graphql.schema import core_schema

ROOTS = ("Query", "Mutation", "Subscription")

_HEAD = """\
# Permissions

Who may do what, written from the code. A role is a set of permissions; a key or session may do no more than its user's
role, and less where it was narrowed. An organization can make roles of its own, of all permissions but
{reserved}.
`MANAGE_PLATFORM` is no part of any role: it is a property of a user, given by the operator of the installation.

Facts above the caller's clearance do not exist for them, whatever the role. More in [accounts](../accounts.md).

## Roles

| permission | {roles} | what it allows |
| --- | {rule} | --- |"""

_FIELDS = """\
## Fields

A field needs the permission beside its name, and each field that leads to it needs its own. `<Kind>` stands for every
kind of entity and `<Relationship>` for every relationship of the [model](model.md), `<kind>` and `<kinds>` for the root
fields of a kind. What stands beside no field is asked for by what is given (a wide or intrusive scan), or outside of
GraphQL.

| permission | fields |
| --- | --- |"""

_NOTHING = "none by itself"
_FRAMING = "nothing more"


def permissions_page() -> str:
    """The page in Markdown."""
    roles = " | ".join(Role)
    reserved = " and ".join(f"`{each}`" for each in sorted(RESERVED))
    head = _HEAD.format(roles=roles, rule=" | ".join("---" for _ in Role), reserved=reserved)
    rows = [_role_row(permission) for permission in Permission]
    fields = [_field_row(permission, names) for permission, names in fields_by_need().items()]
    return "\n".join((head, *rows, "", _FIELDS, *fields, ""))


def _role_row(permission: Permission) -> str:
    cells = " | ".join("yes" if permission in GRANTS[role] else "" for role in Role)
    return f"| `{permission}` | {cells} | {permission.summary} |"


def _field_row(permission: Permission | None, names: list[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in names) or _NOTHING
    return f"| {f'`{permission}`' if permission else _FRAMING} | {listed} |"


def fields_by_need() -> Mapping[Permission | None, list[str]]:
    """The fields by the permission they need (None: what leads to them), as the page names them.

    `Type.*` where all of a type's fields need the same, root fields first.
    """
    schema, found = core_schema(), defaultdict[Permission | None, set[str]](set)
    names = _Names(schema)
    for kind in _types(schema):
        needs = {field: permission_of(kind, declared) for field, declared in kind.fields.items()}
        is_whole = len(set(needs.values())) == 1 and kind.name not in ROOTS
        for field, permission in needs.items():
            found[permission].add(names.of(kind.name, "*" if is_whole else field))
    order: list[Permission | None] = [*Permission, None]
    return {each: sorted(found[each], key=_root_first) for each in order}


def _types(schema: GraphQLSchema) -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)) and name[:2] != "__":
            yield kind


def _root_first(name: str) -> tuple[bool, str]:
    return name.partition(".")[0] not in ROOTS, name


class _Names:
    """How the page names fields: those that follow from the ontology by one name for all of them."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._kinds = registry.kinds()
        self._relationships = {each.__name__ for each in registry.relationship_types().values()}
        query = schema.query_type
        fields = query.fields if query else {}
        self._one = {
            name for name, field in fields.items() if str(field.type).rstrip("!") in self._kinds
        }
        self._many = {kind.plural for kind in self._kinds.values()}

    def of(self, kind: str, field: str) -> str:
        if kind == "Query" and field in self._one:
            return "Query.<kind>"
        if kind == "Query" and field in self._many:
            return "Query.<kinds>"
        return f"{self._type(kind)}.{field}"

    def _type(self, name: str) -> str:
        for end in ("", "Connection", "Edge"):
            if name.endswith(end) and name.removesuffix(end) in self._kinds:
                return f"<Kind>{end}"
        for end in ("TargetConnection", "TargetEdge", "SourceConnection", "SourceEdge"):
            if name.endswith(end) and name.removesuffix(end) in self._relationships:
                return f"<Relationship>{end}"
        return name
