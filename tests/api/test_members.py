"""Members, teams and roles: who may change whom, what nobody can give, and that there is one OWNER."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from graph.store import Store
from server.auth.policy import GRANTS, Permission, Role
from tests.api.conftest import Caller, MakeCaller

CHANGE = """mutation C($input: ChangeMemberInput!) {
  changeMember(input: $input) { member { role clearance teams { name } } errors { code message } }
}"""
MEMBERS = """query M($first: Int, $after: String) {
  organization { owner members(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id email role }
  } }
}"""
TRANSFER = "mutation T($id: ID!) { transferOrganization(member: $id) { errors { code } } }"


def on(field: str, arguments: str = "id: $id") -> str:
    """A mutation of one id that tells its errors."""
    return f"mutation M($id: ID!) {{ {field}({arguments}) {{ errors {{ code }} }} }}"


async def changed(caller: Caller, **wanted: Any) -> dict[str, Any]:
    done: dict[str, Any] = (await caller.ask(CHANGE, input=wanted))["changeMember"]
    return done


async def refusal(caller: Caller, query: str, **variables: Any) -> str:
    """The code with which a field of a mutation, or what it gives, is refused."""
    answer = (await caller.post(query, variables)).json()
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["code"])
    (payload,) = answer["data"].values()
    return str(payload["errors"][0]["code"]) if payload["errors"] else ""


async def roles_in(store: Store, org: str) -> dict[str, str]:
    rows = await store.read(
        "MATCH (m:Membership {org: $org}) RETURN m.id AS id, m.role AS role", {"org": org}
    )
    return {row["id"]: row["role"] for row in rows}


async def test_members_are_listed_page_by_page(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    others = [await make_caller("VIEWER", beside=owner) for _ in range(4)]
    seen: list[str] = []
    after = None
    while True:
        found = (await owner.ask(MEMBERS, first=2, after=after))["organization"]
        page = found["members"]
        assert (page["totalCount"], found["owner"]) == (5, owner.email)
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [owner.id, *(each.id for each in others)]


async def test_a_member_gets_another_role_and_clearance(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    viewer: Caller = await make_caller("VIEWER", beside=owner, clearance="GREEN")
    done = await changed(owner, id=viewer.id, role="ANALYST", clearance="AMBER")
    assert done == {
        "member": {"role": "ANALYST", "clearance": "AMBER", "teams": []}, "errors": [],
    }  # fmt: skip


async def test_an_admin_appoints_others_to_investigate_within_their_own_clearance(
    make_caller: MakeCaller,
) -> None:
    owner: Caller = await make_caller()
    admin: Caller = await make_caller("ADMIN", beside=owner, clearance="AMBER")
    auditor: Caller = await make_caller("AUDITOR", beside=owner, clearance="GREEN")
    for role in ("LEAD", "ANALYST", "VIEWER", "INGEST", "ADMIN"):
        assert (await changed(admin, id=auditor.id, role=role))["errors"] == []
    assert (await changed(admin, id=auditor.id, clearance="AMBER"))["errors"] == []
    above = {"id": auditor.id, "clearance": "RED"}
    assert await refusal(admin, CHANGE, input=above) == "NOT_PERMITTED"
    owning = {"id": auditor.id, "role": "OWNER"}
    assert await refusal(admin, CHANGE, input=owning) == "INVALID_QUESTION"


@pytest.mark.parametrize("role", ["LEAD", "ANALYST", "VIEWER", "INGEST"])
async def test_managing_members_is_no_way_to_what_one_may_not_do(
    make_caller: MakeCaller, role: str
) -> None:
    owner: Caller = await make_caller()
    admin: Caller = await make_caller("ADMIN", beside=owner)
    assert await refusal(admin, CHANGE, input={"id": admin.id, "role": role}) == "NOT_PERMITTED"
    query = "mutation M($name: String!) { createRole(name: $name, permissions: [READ_GRAPH]) { role { id } } }"
    assert await refusal(admin, query, name="Reader") == "NOT_PERMITTED"
    scopes = 'mutation M { createKey(input: {name: "k", scopes: [READ_GRAPH]}) { text } }'
    assert await refusal(admin, scopes) == "NOT_PERMITTED"


async def test_who_edits_members_without_appointing_gives_what_they_have(
    make_caller: MakeCaller,
) -> None:
    owner: Caller = await make_caller()
    held = "[EDIT_MEMBERS, READ_MEMBERS, READ_ACCOUNT, EDIT_ACCOUNT, READ_SCHEMA, READ_SERVICES]"
    await owner.ask(
        f'mutation {{ createRole(name: "Desk", permissions: {held}) {{ role {{ id }} }} }}'
    )
    desk: Caller = await make_caller("Desk", beside=owner)
    auditor: Caller = await make_caller("AUDITOR", beside=owner)
    for role in ("VIEWER", "ADMIN"):
        wanted = {"id": auditor.id, "role": role}
        assert await refusal(desk, CHANGE, input=wanted) == "NOT_PERMITTED"
    assert (await changed(desk, id=auditor.id, role="Desk"))["errors"] == []


async def test_taking_away_needs_no_more_than_editing_members(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    admin: Caller = await make_caller("ADMIN", beside=owner, clearance="CLEAR")
    lead: Caller = await make_caller("LEAD", beside=owner, clearance="RED")
    assert (await changed(admin, id=lead.id, role="VIEWER", clearance="GREEN"))["errors"] == []
    raised = {"id": lead.id, "clearance": "AMBER"}
    assert await refusal(admin, CHANGE, input=raised) == "NOT_PERMITTED"


async def test_a_narrow_credential_gives_no_more_than_it_has(
    make_caller: MakeCaller, store: Store
) -> None:
    owner: Caller = await make_caller()
    auditor: Caller = await make_caller("AUDITOR", beside=owner)
    await store.execute(
        "MATCH (k:ApiKey {id: $id}) SET k.scopes = ['EDIT_MEMBERS', 'READ_MEMBERS', 'READ_ACCOUNT'], "
        "k.clearance = 'GREEN'",
        {"id": owner.id},
    )
    assert (
        await refusal(owner, CHANGE, input={"id": auditor.id, "role": "VIEWER"}) == "NOT_PERMITTED"
    )
    assert await refusal(owner, CHANGE, input={"id": auditor.id, "clearance": "RED"}) == ""


@pytest.mark.parametrize(
    ("query", "more"),
    [
        (CHANGE, {"role": "ADMIN"}),
        (CHANGE, {"clearance": "GREEN"}),
        (on("suspendMember"), None),
        (on("removeMember"), None),
    ],
)
async def test_the_owner_stays(
    make_caller: MakeCaller, store: Store, query: str, more: dict[str, str] | None
) -> None:
    owner: Caller = await make_caller()
    admin: Caller = await make_caller("ADMIN", beside=owner)
    for caller in (admin, owner):
        given = {"input": {"id": owner.id, **more}} if more else {"id": owner.id}
        assert await refusal(caller, query, **given) == "CONFLICT"
    assert (await roles_in(store, owner.org))[owner.id] == "OWNER"


async def test_the_owner_does_not_leave(caller: Caller) -> None:
    assert await refusal(caller, "mutation { leaveOrganization { errors { code } } }") == "CONFLICT"


async def test_nobody_is_made_a_second_owner(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    admin: Caller = await make_caller("ADMIN", beside=owner)
    assert (
        await refusal(owner, CHANGE, input={"id": admin.id, "role": "OWNER"}) == "INVALID_QUESTION"
    )


async def test_an_organization_is_handed_over(make_caller: MakeCaller, store: Store) -> None:
    owner: Caller = await make_caller()
    viewer: Caller = await make_caller("VIEWER", beside=owner, clearance="GREEN")
    assert await refusal(owner, TRANSFER, id=viewer.id) == ""
    assert await roles_in(store, owner.org) == {owner.id: "ADMIN", viewer.id: "OWNER"}
    # The gate still remembers the former owner's permissions; what counts is what the graph says.
    assert await refusal(owner, TRANSFER, id=owner.id) == "NOT_PERMITTED"


async def test_it_is_not_handed_to_somebody_who_cannot_enter(
    make_caller: MakeCaller, store: Store
) -> None:
    owner: Caller = await make_caller()
    away: Caller = await make_caller("VIEWER", beside=owner)
    await store.execute("MATCH (u:User {id: $id}) SET u.suspended_at = datetime()", {"id": away.id})
    assert await refusal(owner, TRANSFER, id=away.id) == "CONFLICT"
    assert await refusal(owner, TRANSFER, id=owner.id) == "INVALID_QUESTION"


async def test_it_is_handed_to_one_where_it_is_handed_to_two_at_once(
    make_caller: MakeCaller, store: Store
) -> None:
    owner: Caller = await make_caller()
    heirs = [await make_caller("ADMIN", beside=owner) for _ in range(6)]
    told = await asyncio.gather(*(refusal(owner, TRANSFER, id=heir.id) for heir in heirs))
    assert sorted(told) == ["", *["NOT_PERMITTED"] * 5]
    roles = await roles_in(store, owner.org)
    assert sorted(roles.values()) == [*["ADMIN"] * 6, "OWNER"]
    assert roles[owner.id] == "ADMIN"


async def test_of_two_admins_who_demote_each_other_one_is_too_late(
    make_caller: MakeCaller, store: Store
) -> None:
    owner: Caller = await make_caller()
    for _ in range(5):
        one: Caller = await make_caller("ADMIN", beside=owner)
        other: Caller = await make_caller("ADMIN", beside=owner)
        told = await asyncio.gather(
            refusal(one, CHANGE, input={"id": other.id, "role": "AUDITOR"}),
            refusal(other, CHANGE, input={"id": one.id, "role": "AUDITOR"}),
        )
        assert sorted(told) == ["", "NOT_PERMITTED"]
        roles = await roles_in(store, owner.org)
        assert sorted((roles[one.id], roles[other.id])) == ["ADMIN", "AUDITOR"]


async def test_a_member_who_becomes_owner_is_not_removed_at_the_same_time(
    make_caller: MakeCaller, store: Store
) -> None:
    for _ in range(5):
        owner: Caller = await make_caller()
        admin: Caller = await make_caller("ADMIN", beside=owner)
        heir: Caller = await make_caller("VIEWER", beside=owner)
        told = await asyncio.gather(
            refusal(owner, TRANSFER, id=heir.id), refusal(admin, on("removeMember"), id=heir.id)
        )
        assert tuple(told) in (("", "CONFLICT"), ("NOT_FOUND", ""))
        assert list((await roles_in(store, owner.org)).values()).count("OWNER") == 1


async def test_who_is_removed_is_out_and_so_are_their_keys(
    make_caller: MakeCaller, store: Store
) -> None:
    owner: Caller = await make_caller()
    viewer: Caller = await make_caller("VIEWER", beside=owner)
    assert await refusal(owner, on("removeMember"), id=viewer.id) == ""
    assert (await viewer.post("{ me { id } }")).status_code == 401
    left = await store.read(
        "MATCH (k:ApiKey {id: $id}) RETURN k.revoked_at IS NOT NULL AS ended", {"id": viewer.id}
    )
    assert left == [{"ended": True}]
    assert await refusal(owner, on("removeMember"), id=viewer.id) == "NOT_FOUND"


async def test_who_leaves_is_out(make_caller: MakeCaller, store: Store) -> None:
    owner: Caller = await make_caller()
    viewer: Caller = await make_caller("VIEWER", beside=owner)
    assert await refusal(viewer, "mutation { leaveOrganization { errors { code } } }") == ""
    assert await roles_in(store, owner.org) == {owner.id: "OWNER"}


async def test_a_member_is_suspended_and_restored(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    viewer: Caller = await make_caller("VIEWER", beside=owner)
    assert await refusal(owner, on("suspendMember"), id=viewer.id) == ""
    assert (await viewer.post("{ me { id } }")).status_code == 401
    assert await refusal(owner, on("restoreMember"), id=viewer.id) == ""
    assert (await viewer.ask("{ me { role } }"))["me"] == {"role": "VIEWER"}


async def test_nobody_suspends_themselves(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    admin: Caller = await make_caller("ADMIN", beside=owner)
    assert await refusal(admin, on("suspendMember"), id=admin.id) == "CONFLICT"


FOREIGN = [
    on("suspendMember"), on("restoreMember"), on("removeMember"), on("deleteTeam"), on("deleteRole"),
    on("revokeInvitation"), on("resendInvitation"), on("revokeKey"), on("revokeMemberKey"), on("rotateKey"),
    on("changeTeam", 'id: $id, name: "x"'), on("changeRole", "id: $id, permissions: [READ_GRAPH]"), TRANSFER,
]  # fmt: skip


@pytest.mark.parametrize("query", FOREIGN)
async def test_foreign_ids_answer_like_unknown_ones(
    make_caller: MakeCaller, store: Store, query: str
) -> None:
    mine: Caller = await make_caller()
    theirs: Caller = await make_caller()
    other: Caller = await make_caller("VIEWER", beside=theirs)
    await store.execute(
        "CREATE (:Team {id: $id, org: $org, name: 'x'}), (:Role {id: $id, org: $org, name: 'x', permissions: []}), "
        "(:Invitation {id: $id, org: $org, email: 'a@b.example', hash: $id})",
        {"id": other.id, "org": theirs.org},
    )
    answers = []
    for each in (other.id, "00000000-0000-0000-0000-000000000000"):
        body = (await mine.post(query, {"id": each})).json()
        (payload,) = body["data"].values()
        answers.append(payload["errors"])
    assert answers == [[{"code": "NOT_FOUND"}]] * 2


async def test_a_foreign_member_is_not_there(make_caller: MakeCaller) -> None:
    mine: Caller = await make_caller()
    theirs: Caller = await make_caller()
    query = "query Q($id: ID!) { member(id: $id) { email } }"
    assert await mine.ask(query, id=theirs.id) == {"member": None}
    assert await theirs.ask(query, id=theirs.id) == {"member": {"email": theirs.email}}


async def test_teams(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    one: Caller = await make_caller("VIEWER", beside=owner)
    other: Caller = await make_caller("VIEWER", beside=owner)
    make = 'mutation M($m: [ID!]) { createTeam(name: " Red ", members: $m) { team { id name } errors { code } } }'
    team = (await owner.ask(make, m=[one.id]))["createTeam"]["team"]
    assert team["name"] == "Red"
    assert await refusal(owner, make, m=[]) == "CONFLICT"
    change = (
        'mutation M($id: ID!, $a: [ID!], $r: [ID!]) { changeTeam(id: $id, name: "Blue", add: $a, remove: $r) '
        "{ team { name members { totalCount nodes { email } } } errors { code } } }"
    )
    done = (await owner.ask(change, id=team["id"], a=[other.id], r=[one.id]))["changeTeam"]
    assert done["team"] == {
        "name": "Blue", "members": {"totalCount": 1, "nodes": [{"email": other.email}]},
    }  # fmt: skip
    assert await refusal(owner, change, id=team["id"], a=["x"]) == "NOT_FOUND"
    member = await changed(owner, id=one.id, teams=[team["id"]])
    assert member["member"]["teams"] == [{"name": "Blue"}]
    assert (await changed(owner, id=one.id, teams=["x"]))["errors"][0]["code"] == "NOT_FOUND"
    assert (await changed(owner, id=one.id, teams=[]))["member"]["teams"] == []
    listed = (await owner.ask("{ organization { teams { totalCount nodes { name } } } }"))[
        "organization"
    ]
    assert listed["teams"] == {"totalCount": 1, "nodes": [{"name": "Blue"}]}
    assert await refusal(owner, on("deleteTeam"), id=team["id"]) == ""
    assert (await owner.ask("{ organization { teams { totalCount } } }"))["organization"] == {
        "teams": {"totalCount": 0}
    }


MAKE_ROLE = """mutation R($name: String!, $permissions: [Permission!]!) {
  createRole(name: $name, permissions: $permissions) { role { id name permissions } errors { code } }
}"""


async def test_a_role_of_ones_own_is_made_given_and_taken_away(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    viewer: Caller = await make_caller("VIEWER", beside=owner)
    made = await owner.ask(MAKE_ROLE, name="Watch", permissions=["READ_GRAPH", "READ_ACCOUNT"])
    role = made["createRole"]["role"]
    assert role["permissions"] == ["READ_ACCOUNT", "READ_GRAPH"]
    assert (await changed(owner, id=viewer.id, role="Watch"))["errors"] == []
    assert (await viewer.ask("{ me { permissions } }"))["me"]["permissions"] == role["permissions"]
    assert await refusal(owner, on("deleteRole"), id=role["id"]) == "CONFLICT"
    assert (await changed(owner, id=viewer.id, role="VIEWER"))["errors"] == []
    assert await refusal(owner, on("deleteRole"), id=role["id"]) == ""
    assert await refusal(owner, on("deleteRole"), id=role["id"]) == "NOT_FOUND"
    assert await refusal(owner, CHANGE, input={"id": viewer.id, "role": "Watch"}) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("name", "permissions", "code"),
    [
        ("owner", ["READ_GRAPH"], "INVALID_QUESTION"),
        ("Analyst", ["READ_GRAPH"], "INVALID_QUESTION"),
        ("1", ["READ_GRAPH"], "INVALID_QUESTION"),
        ("x" * 51, ["READ_GRAPH"], "INVALID_QUESTION"),
        ("Watch", [], "INVALID_QUESTION"),
        ("Watch", ["OWN_ORGANIZATION"], "INVALID_QUESTION"),
        ("Watch", ["MANAGE_PLATFORM", "READ_GRAPH"], "INVALID_QUESTION"),
    ],
)
async def test_a_role_that_cannot_be(
    caller: Caller, name: str, permissions: list[str], code: str
) -> None:
    assert await refusal(caller, MAKE_ROLE, name=name, permissions=permissions) == code


async def test_a_role_holds_only_what_its_maker_has(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    admin: Caller = await make_caller("ADMIN", beside=owner)
    assert await refusal(admin, MAKE_ROLE, name="W", permissions=["READ_GRAPH"]) == "NOT_PERMITTED"
    made = await owner.ask(MAKE_ROLE, name="W", permissions=["READ_GRAPH", "ANNOTATE"])
    role = made["createRole"]["role"]["id"]
    change = """mutation R($id: ID!, $permissions: [Permission!]!) {
      changeRole(id: $id, permissions: $permissions) { role { permissions } errors { code } }
    }"""
    # What it has may stay, and may go; nothing comes that the admin has not.
    assert await refusal(admin, change, id=role, permissions=["READ_GRAPH", "READ_AUDIT"]) == ""
    assert await refusal(admin, change, id=role, permissions=["ANNOTATE"]) == "NOT_PERMITTED"
    assert await refusal(owner, MAKE_ROLE, name="W", permissions=["READ_GRAPH"]) == "CONFLICT"


async def test_the_usual_roles_are_told(caller: Caller) -> None:
    found = (await caller.ask("{ organization { usualRoles { name permissions } } }"))[
        "organization"
    ]
    assert {each["name"]: each["permissions"] for each in found["usualRoles"]} == {
        role.value: sorted(GRANTS[role]) for role in Role
    }
    assert Permission.MANAGE_PLATFORM not in found["usualRoles"][0]["permissions"]
