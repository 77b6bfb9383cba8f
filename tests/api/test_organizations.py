"""Organizations: made by the platform's operators, renamed, closed, restored; handed out to their owner alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette

from graph.errors import NotFound
from graph.store import Store
from server.accounts import organizations, users
from server.accounts.acting import Actor
from tests.api.conftest import Caller, MakeCaller

CREATE = """mutation C($name: String!, $owner: String) {
  createOrganization(name: $name, owner: $owner) {
    organization { id name owner memberCount suspendedAt deletedAt purgedAfter } errors { code }
  }
}"""
STATE = "{ organization { id name suspendedAt deletedAt purgedAfter } errors { code } }"
SUSPEND = f"mutation S($id: ID!) {{ suspendOrganization(id: $id) {STATE} }}"
RESTORE = f"mutation S($id: ID!) {{ restoreOrganization(id: $id) {STATE} }}"
DELETE = (
    "mutation D($name: String!) { deleteOrganization(name: $name) { purgedAfter errors { code } } }"
)
RENAME = "mutation R($name: String!) { renameOrganization(name: $name) { organization { name } errors { code } } }"


@pytest.fixture
def make_operator(make_caller: MakeCaller, store: Store) -> MakeCaller:
    """Makes a caller who operates the platform."""

    async def make() -> Caller:
        made: Caller = await make_caller("VIEWER", beside=await make_caller())
        await store.execute(
            "MATCH (u:User {id: $id}) SET u.is_platform_admin = true", {"id": made.id}
        )
        return made

    return make


def code_of(body: dict[str, Any]) -> str:
    if "errors" in body:
        return str(body["errors"][0]["extensions"]["code"])
    (payload,) = body["data"].values()
    return str(payload["errors"][0]["code"]) if payload["errors"] else ""


async def test_an_organization_is_made_for_a_user(
    make_operator: MakeCaller, make_caller: MakeCaller
) -> None:
    operator: Caller = await make_operator()
    other: Caller = await make_caller()
    made = (await operator.ask(CREATE, name=" New one ", owner=other.email.upper()))[
        "createOrganization"
    ]
    assert made["errors"] == []
    org = made["organization"]
    assert (org["name"], org["owner"], org["memberCount"]) == ("New one", other.email, 1)
    mine = (await operator.ask(CREATE, name="Mine"))["createOrganization"]["organization"]
    assert mine["owner"] == operator.email
    belongs = (await other.ask("{ me { organizations { nodes { id role clearance } } } }"))["me"]
    assert {"id": org["id"], "role": "OWNER", "clearance": "RED"} in belongs["organizations"][
        "nodes"
    ]


async def test_the_first_owner_makes_one_though_no_mail_reaches_them(
    make_operator: MakeCaller, store: Store
) -> None:
    operator: Caller = await make_operator()
    address = f"{operator.id}@localhost"
    await store.execute(
        "MATCH (u:User {id: $id}) SET u.email = $email", {"id": operator.id, "email": address}
    )
    made = (await operator.ask(CREATE, name="Mine"))["createOrganization"]
    assert made["errors"] == []
    assert made["organization"]["owner"] == address
    assert not (await users.add(store, address)).is_new


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": ""}, "INVALID_QUESTION"),
        ({"name": "x", "owner": "nobody@nowhere.example"}, "NOT_FOUND"),
        ({"name": "x", "owner": "x"}, "REFUSED_VALUE"),
    ],
)
async def test_an_organization_that_cannot_be(
    make_operator: MakeCaller, given: dict[str, Any], code: str
) -> None:
    operator: Caller = await make_operator()
    assert code_of((await operator.post(CREATE, given)).json()) == code


async def test_all_are_listed_for_operators_page_by_page(
    make_operator: MakeCaller, make_caller: MakeCaller, store: Store
) -> None:
    operator: Caller = await make_operator()
    owner: Caller = await make_caller()
    # A database that is kept between sessions may have some that a test wrote by hand, long ago.
    await store.execute(
        "MATCH (o:Organization) WHERE o.created_at IS NULL SET o.created_at = datetime()"
    )
    query = """query O($after: String) { organizations(first: 200, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id owner memberCount }
    } }"""
    seen: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await operator.ask(query, after=after))["organizations"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert {"id": owner.org, "owner": owner.email, "memberCount": 1} in seen
    ids = [node["id"] for node in seen]
    assert ids == sorted(set(ids))
    refused = await owner.post("{ organizations { totalCount } }")
    assert code_of(refused.json()) == "NOT_PERMITTED"


async def test_suspended_nobody_gets_in_until_it_is_restored(
    make_operator: MakeCaller, caller: Caller
) -> None:
    operator: Caller = await make_operator()
    done = (await operator.ask(SUSPEND, id=caller.org))["suspendOrganization"]
    assert done["organization"]["suspendedAt"] is not None
    assert (await caller.post("{ me { id } }")).status_code == 401
    again = (await operator.ask(SUSPEND, id=caller.org))["suspendOrganization"]
    assert again == done
    back = (await operator.ask(RESTORE, id=caller.org))["restoreOrganization"]["organization"]
    assert back["suspendedAt"] is None
    assert (await caller.post("{ me { id } }")).status_code == 200
    for query in (SUSPEND, RESTORE):
        assert code_of((await operator.post(query, {"id": "x"})).json()) == "NOT_FOUND"


async def test_it_is_renamed(caller: Caller, make_caller: MakeCaller) -> None:
    done = (await caller.ask(RENAME, name=" Ünï "))["renameOrganization"]
    assert done == {"organization": {"name": "Ünï"}, "errors": []}
    assert code_of((await caller.post(RENAME, {"name": "a\u200bb"})).json()) == "INVALID_QUESTION"
    lead: Caller = await make_caller("LEAD", beside=caller)
    assert code_of((await lead.post(RENAME, {"name": "x"})).json()) == "NOT_PERMITTED"


async def test_deleted_it_is_closed_and_can_be_restored_for_thirty_days(
    caller: Caller, make_operator: MakeCaller, app: Starlette
) -> None:
    operator: Caller = await make_operator()
    assert code_of((await caller.post(DELETE, {"name": "Test"})).json()) == "INVALID_QUESTION"
    done = (await caller.ask(DELETE, name="Test organization"))["deleteOrganization"]
    left = datetime.fromisoformat(done["purgedAfter"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    app.state.services.gate._known.clear()  # what time would do
    assert (await caller.post("{ me { id } }")).status_code == 401
    assert code_of((await operator.post(SUSPEND, {"id": caller.org})).json()) == "NOT_FOUND"
    back = (await operator.ask(RESTORE, id=caller.org))["restoreOrganization"]
    assert back["errors"] == []
    assert back["organization"]["purgedAfter"] is None
    assert (await caller.post("{ me { id } }")).status_code == 200


async def test_only_the_owner_deletes(caller: Caller, make_caller: MakeCaller) -> None:
    admin: Caller = await make_caller("ADMIN", beside=caller)
    answer = await admin.post(DELETE, {"name": "Test organization"})
    assert code_of(answer.json()) == "NOT_PERMITTED"


async def test_what_is_being_removed_is_not_restored(
    caller: Caller, make_operator: MakeCaller, store: Store
) -> None:
    operator: Caller = await make_operator()
    await store.execute(
        "MATCH (o:Organization {id: $org}) SET o.deleted_at = datetime() - duration('P31D')",
        {"org": caller.org},
    )
    await organizations.begin_purge(store, caller.org)
    assert code_of((await operator.post(RESTORE, {"id": caller.org})).json()) == "CONFLICT"


async def test_everything_is_handed_out_to_the_owner_alone(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    response = await caller.client.get("/export", headers=caller.headers)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/x-ndjson")
    lines = [orjson.loads(line) for line in response.text.splitlines()]
    assert [line["type"] for line in lines] == ["organization", "member", "key", "end"]
    admin: Caller = await make_caller("ADMIN", beside=caller)
    narrow: Caller = await make_caller("OWNER", clearance="AMBER_STRICT")
    for other in (admin, narrow):
        refused = await caller.client.get("/export", headers=other.headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_PERMITTED")
    nobody = await caller.client.get("/export")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "NOT_AUTHENTICATED")
    await organizations.delete(store, Actor.operator(caller.org), "Test organization")


async def test_whom_somebody_may_enter_as(make_caller: MakeCaller, store: Store) -> None:
    owner: Caller = await make_caller()
    names = ["A", "B", "C", "D"]
    made = [await organizations.create(store, name, owner.email) for name in names]
    await organizations.suspend(store, made[1])
    await organizations.delete(store, Actor.operator(made[2]), "C")
    await store.execute(
        "MATCH (m:Membership {org: $org}) SET m.suspended_at = datetime()", {"org": made[3]}
    )
    found = await users.list_memberships(store, owner.id)
    assert [(row.org, row.role) for row in found] == [(made[0], "OWNER"), (owner.org, "OWNER")]
    await users.suspend(store, owner.email, is_suspended=True)
    assert await users.list_memberships(store, owner.id) == []
    await users.suspend(store, owner.email, is_suspended=False)
    assert len(await users.list_memberships(store, owner.id)) == 2


async def test_a_user_is_made_once_however_it_is_written(store: Store, caller: Caller) -> None:
    address = f"A.Person@{caller.org}.example"
    first = await users.add(store, address, "A")
    second = await users.add(store, address.upper(), "B")
    assert (first.is_new, second.is_new, second.id) == (True, False, first.id)
    found = await users.get(store, address)
    assert (found.email, found.name, found.organizations) == (address.lower(), "A", [])
    with pytest.raises(NotFound):
        await users.get(store, f"b@{caller.org}.example")
