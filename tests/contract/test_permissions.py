"""The page of permissions, read back cell by cell: against the policy, and against every field of the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, parse

from graph.errors import NotPermitted
from graph.model import registry
from server.auth.policy import GRANTS, RESERVED, Permission, Principal, Role, granted
from server.graphql.permissions import permissions_of
from server.graphql.schema import core_schema

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "permissions.md").read_text("utf-8")
SCHEMA = core_schema()
ROOTS = ("Query", "Mutation", "Subscription")


def _rows(title: str) -> list[list[str]]:
    """The cells of a table, its head first."""
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line
    ]


def _roles_table() -> dict[tuple[str, str], bool]:
    head, *rows = _rows("Roles")
    return {
        (row[0].strip("`"), role): row[place] == "yes"
        for row in rows
        for place, role in enumerate(head)
        if role in Role.__members__
    }


def _fields_table() -> dict[str, str]:
    """From each name on the page to its permission; empty for what needs nothing more."""
    found: dict[str, str] = {}
    for needed, names in _rows("Fields")[1:]:
        permission = needed.strip("`") if needed.startswith("`") else ""
        for name in re.findall(r"`([^`]+)`", names):
            assert name not in found, f"{name} stands twice"
            found[name] = permission
    return found


ROLES, FIELDS = _roles_table(), _fields_table()


def _fields() -> Iterator[tuple[str, str]]:
    for name, kind in SCHEMA.type_map.items():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)) and not name.startswith(
            "__"
        ):
            yield from ((name, field) for field in kind.fields)


def _patterns() -> dict[str, str]:
    """From each type that follows from the ontology to the name that stands for all of its sort."""
    found = dict.fromkeys(registry.kinds(), "<Kind>")
    for end in ("Connection", "Edge"):
        found |= {f"{kind}{end}": f"<Kind>{end}" for kind in registry.kinds()}
        for side in ("Target", "Source"):
            found |= {
                f"{each.__name__}{side}{end}": f"<Relationship>{side}{end}"
                for each in registry.relationship_types().values()
            }
    return found


PATTERNS = _patterns()


def _written(kind: str, field: str) -> list[str]:
    """The names under which a field may stand on the page."""
    names = [f"{kind}.{field}", f"{kind}.*", f"{PATTERNS.get(kind)}.*"]
    if kind == "Query":
        given = str(SCHEMA.type_map["Query"].fields[field].type)  # type: ignore[attr-defined]
        if given in registry.kinds():
            names.append("Query.<kind>")
        if field in {each.plural for each in registry.kinds().values()}:
            names.append("Query.<kinds>")
    return [name for name in names if name in FIELDS]


def test_the_table_of_roles_is_the_policy() -> None:
    assert {
        (permission.value, role.value): permission in GRANTS[role]
        for permission in Permission
        for role in Role
    } == ROLES


def test_each_field_stands_once_on_the_page() -> None:
    places = {f"{kind}.{field}": _written(kind, field) for kind, field in _fields()}
    assert {name: found for name, found in places.items() if len(found) != 1} == {}
    assert {found for (found,) in places.values()} == FIELDS.keys()


def _asked(kind: str, field: str) -> Permission | None:
    """What an operation that selects this field alone needs, as the API finds it out."""
    is_root = kind in ROOTS
    # What leads there is left out.
    document = parse(
        f"{kind.lower()} {{ {field} }}" if is_root else f"{{ ... on {kind} {{ {field} }} }}"
    )
    [operation] = document.definitions
    needed = permissions_of(SCHEMA, document, operation)  # type: ignore[arg-type]
    assert len(needed) <= 1
    return next(iter(needed), None)


def test_each_field_is_guarded_as_the_page_says() -> None:
    wrong = {}
    for kind, field in _fields():
        written = FIELDS[_written(kind, field)[0]]
        needed = _asked(kind, field)
        if (needed.value if needed else "") != written:
            wrong[f"{kind}.{field}"] = (written, needed)
    assert wrong == {}


def _principal(role: Role) -> Principal:
    return Principal("u", "e", "o", "n", role, "c", granted(role, None, None))


@pytest.mark.parametrize("role", Role)
def test_each_role_gets_to_each_field_as_the_page_says(role: Role) -> None:
    caller, wrong = _principal(role), []
    for kind, field in _fields():
        written = FIELDS[_written(kind, field)[0]]
        is_allowed = not written or ROLES[written, role.value]
        needed = _asked(kind, field)
        try:
            if needed is not None:
                caller.require(needed, f"{kind}.{field}")
            was_allowed = True
        except NotPermitted:
            was_allowed = False
        if was_allowed != is_allowed:
            wrong.append(f"{kind}.{field}")
    assert wrong == []


def test_nobody_holds_what_is_reserved_but_by_being_it() -> None:
    assert {role for role in Role if GRANTS[role] & RESERVED} == {Role.OWNER}
    assert granted("Own", sorted(Permission), None) == frozenset(Permission) - RESERVED
    assert Permission.MANAGE_PLATFORM not in granted("OWNER", None, None)
    assert Permission.MANAGE_PLATFORM in granted("VIEWER", None, None, is_platform_admin=True)
    assert Permission.MANAGE_PLATFORM not in granted(
        "VIEWER", None, ["READ_GRAPH"], is_platform_admin=True
    )
