"""Inviting people and coming in: one open invitation an address, one use, and nothing told of who has an account."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from graph.errors import Conflict, InvalidQuestion, NotFound, Refused, StoreUnavailable
from graph.store import Store
from server.accounts import acting, invitations, naming
from server.accounts.invitations import Post
from server.accounts.tokens import Links, hash_of
from tests.api.conftest import Caller, MakeCaller

INVITE = """mutation I($input: InviteMemberInput!) {
  inviteMember(input: $input) {
    invitation { id email role clearance invitedBy } link errors { code message }
  }
}"""
OPEN = "{ organization { invitations { totalCount nodes { id email role } } } }"
JOIN = "mutation J($token: SecretText!) { acceptInvitation(token: $token) { organizationId errors { code } } }"


async def hashed(password: str) -> str:
    """What stands for hashing; the real one has tests of its own."""
    return f"hash of {len(password)}"


async def invited(caller: Caller, email: str, role: str = "VIEWER", **more: Any) -> dict[str, Any]:
    done = await caller.ask(INVITE, input={"email": email, "role": role, **more})
    payload: dict[str, Any] = done["inviteMember"]
    return payload


def token_of(payload: dict[str, Any]) -> str:
    return str(payload["link"].partition("#")[2])


async def members(store: Store, org: str) -> list[tuple[str, str, str]]:
    rows = await store.read(
        "MATCH (u:User)-[:HAS_MEMBERSHIP]->(m:Membership {org: $org}) "
        "RETURN u.email AS email, m.role AS role, m.clearance AS clearance ORDER BY email",
        {"org": org},
    )
    return [(row["email"], row["role"], row["clearance"]) for row in rows]


async def test_a_new_person_comes_in_by_a_link(caller: Caller, store: Store) -> None:
    team = (await caller.ask('mutation { createTeam(name: "Red") { team { id } } }'))["createTeam"]
    address = f"New.Person@{caller.org}.example"
    given = await invited(caller, address, "ANALYST", clearance="AMBER", teams=[team["team"]["id"]])
    email = address.lower()
    assert given["invitation"] == {
        "id": given["invitation"]["id"], "email": email, "role": "ANALYST", "clearance": "AMBER",
        "invitedBy": caller.email,
    }  # fmt: skip
    assert given["link"].startswith("/invitation#")

    org = await invitations.accept(store, token_of(given), " New ", "long enough", hashed)

    assert org == caller.org
    assert (email, "ANALYST", "AMBER") in await members(store, caller.org)
    user = await store.read(
        "MATCH (u:User {email: $email})-[:HAS_MEMBERSHIP]->()-[:ON]->(t:Team) "
        "RETURN u.name AS name, u.password AS password, t.name AS team",
        {"email": email},
    )
    assert user == [{"name": "New", "password": "hash of 11", "team": "Red"}]
    with pytest.raises(NotFound):
        await invitations.accept(store, token_of(given), "New", "long enough", hashed)
    assert (await caller.ask(OPEN))["organization"]["invitations"]["totalCount"] == 0


async def test_the_token_itself_is_nowhere(caller: Caller, store: Store) -> None:
    token = token_of(await invited(caller, f"a@{caller.org}.example"))
    found = await store.read(
        "MATCH (i:Invitation {org: $org}) RETURN properties(i) AS p", {"org": caller.org}
    )
    assert [row["p"]["hash"] for row in found] == [hash_of(token)]
    assert token not in str(found)
    assert len(token) == 43


async def test_an_invitation_is_used_once_however_many_come(caller: Caller, store: Store) -> None:
    token = token_of(await invited(caller, f"a@{caller.org}.example"))
    ended = await asyncio.gather(
        *(invitations.accept(store, token, "A", "long enough", hashed) for _ in range(6)),
        return_exceptions=True,
    )
    assert [each for each in ended if not isinstance(each, NotFound)] == [caller.org]
    assert len(await members(store, caller.org)) == 2


async def test_somebody_with_an_account_keeps_its_name_and_password(
    make_caller: MakeCaller, store: Store
) -> None:
    mine: Caller = await make_caller()
    theirs: Caller = await make_caller()
    await store.execute(
        "MATCH (u:User {email: $email}) SET u.name = 'Theirs', u.password = 'kept'",
        {"email": theirs.email},
    )
    token = token_of(await invited(mine, theirs.email))
    assert await invitations.accept(store, token, "Taken", "long enough", hashed) == mine.org
    kept = await store.read(
        "MATCH (u:User {email: $email}) RETURN u.name AS name, u.password AS password",
        {"email": theirs.email},
    )
    assert kept == [{"name": "Theirs", "password": "kept"}]
    assert (theirs.email, "VIEWER", "CLEAR") in await members(store, mine.org)


async def test_inviting_looks_the_same_with_and_without_an_account(
    make_caller: MakeCaller,
) -> None:
    mine: Caller = await make_caller()
    theirs: Caller = await make_caller()
    known = await invited(mine, theirs.email)
    unknown = await invited(mine, f"nobody@{mine.org}.example")
    for each in (known, unknown):
        each["invitation"]["id"] = each["invitation"]["email"] = each["link"] = ""
    assert known == unknown
    listed = (await mine.ask(OPEN))["organization"]["invitations"]["nodes"]
    assert [node["role"] for node in listed] == ["VIEWER", "VIEWER"]


async def test_a_signed_in_user_comes_in_by_their_own_invitation_alone(
    make_caller: MakeCaller,
) -> None:
    mine: Caller = await make_caller()
    theirs: Caller = await make_caller()
    stranger: Caller = await make_caller()
    token = token_of(await invited(mine, theirs.email))
    assert (await stranger.ask(JOIN, token=token))["acceptInvitation"] == {
        "organizationId": None, "errors": [{"code": "NOT_FOUND"}],
    }  # fmt: skip
    assert (await theirs.ask(JOIN, token=token))["acceptInvitation"] == {
        "organizationId": mine.org, "errors": [],
    }  # fmt: skip
    me = await theirs.ask("{ me { organizations { totalCount nodes { id role clearance } } } }")
    assert me["me"]["organizations"]["totalCount"] == 2
    assert {(node["id"], node["role"]) for node in me["me"]["organizations"]["nodes"]} == {
        (theirs.org, "OWNER"), (mine.org, "VIEWER"),
    }  # fmt: skip


async def test_inviting_again_changes_the_invitation_and_ends_the_former_link(
    caller: Caller, store: Store
) -> None:
    address = f"a@{caller.org}.example"
    first = await invited(caller, address, "VIEWER")
    second = await invited(caller, f"  A@{caller.org.upper()}.example ", "ANALYST")
    assert second["invitation"]["id"] == first["invitation"]["id"]
    with pytest.raises(NotFound):
        await invitations.accept(store, token_of(first), "A", "long enough", hashed)
    await invitations.accept(store, token_of(second), "A", "long enough", hashed)
    assert (address, "ANALYST", "CLEAR") in await members(store, caller.org)
    again = await invited(caller, address)
    assert [each["code"] for each in again["errors"]] == ["CONFLICT"]


async def test_two_who_invite_one_address_at_once_make_one_invitation(caller: Caller) -> None:
    address = f"a@{caller.org}.example"
    await asyncio.gather(*(invited(caller, address) for _ in range(5)))
    assert (await caller.ask(OPEN))["organization"]["invitations"]["totalCount"] == 1


async def test_sent_again_the_former_link_ends(caller: Caller, store: Store) -> None:
    first = await invited(caller, f"a@{caller.org}.example")
    again = await caller.ask(
        "mutation R($id: ID!) { resendInvitation(id: $id) { link errors { code } } }",
        id=first["invitation"]["id"],
    )
    with pytest.raises(NotFound):
        await invitations.accept(store, token_of(first), "A", "long enough", hashed)
    token = token_of(again["resendInvitation"])
    assert await invitations.accept(store, token, "A", "long enough", hashed) == caller.org


async def test_taken_back_it_opens_nothing(caller: Caller, store: Store) -> None:
    first = await invited(caller, f"a@{caller.org}.example")
    query = "mutation R($id: ID!) { revokeInvitation(id: $id) { errors { code } } }"
    done = await caller.ask(query, id=first["invitation"]["id"])
    assert done["revokeInvitation"]["errors"] == []
    with pytest.raises(NotFound):
        await invitations.accept(store, token_of(first), "A", "long enough", hashed)
    again = await caller.ask(query, id=first["invitation"]["id"])
    assert again["revokeInvitation"]["errors"] == [{"code": "NOT_FOUND"}]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            "MATCH (i:Invitation {org: $org}) SET i.expires_at = datetime() - duration('PT1S')",
            NotFound,
        ),
        ("MATCH (o:Organization {id: $org}) SET o.deleted_at = datetime()", NotFound),
        ("MATCH (o:Organization {id: $org}) SET o.suspended_at = datetime()", NotFound),
    ],
)
async def test_a_link_that_is_over(
    caller: Caller, store: Store, change: str, error: type[Exception]
) -> None:
    token = token_of(await invited(caller, f"a@{caller.org}.example"))
    await store.execute(change, {"org": caller.org})
    with pytest.raises(error):
        await invitations.accept(store, token, "A", "long enough", hashed)


async def test_a_link_lasts_seven_days(caller: Caller, store: Store) -> None:
    await invited(caller, f"a@{caller.org}.example")
    row = await store.read(
        "MATCH (i:Invitation {org: $org}) RETURN i.expires_at = i.sent_at + duration('P7D') AS is_week",
        {"org": caller.org},
    )
    assert row == [{"is_week": True}]


@pytest.mark.parametrize("token", ["", "x", "é", "\ud800", "A" * 100_000])
async def test_a_token_that_is_none(store: Store, token: str) -> None:
    with pytest.raises(NotFound):
        await invitations.accept(store, token, "A", "long enough", hashed)


async def test_what_is_wrong_with_a_name_or_password_does_not_use_the_link_up(
    caller: Caller, store: Store
) -> None:
    async def too_weak(password: str) -> str:
        raise InvalidQuestion(f"{len(password)} characters are too weak")

    token = token_of(await invited(caller, f"a@{caller.org}.example"))
    with pytest.raises(InvalidQuestion, match="name"):
        await invitations.accept(store, token, " ", "long enough", hashed)
    with pytest.raises(InvalidQuestion, match="weak"):
        await invitations.accept(store, token, "A", "long enough", too_weak)
    assert await invitations.accept(store, token, "A", "long enough", hashed) == caller.org


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"email": "nobody"}, "REFUSED_VALUE"),
        ({"role": "OWNER"}, "INVALID_QUESTION"),
        ({"role": "x"}, "NOT_FOUND"),
        ({"teams": ["x"]}, "NOT_FOUND"),
    ],
)
async def test_an_invitation_that_cannot_be(
    caller: Caller, given: dict[str, Any], code: str
) -> None:
    done = await invited(caller, **{"email": f"a@{caller.org}.example", "role": "VIEWER", **given})
    assert [each["code"] for each in done["errors"]] == [code]


async def test_nobody_offers_or_sends_again_more_than_they_have(make_caller: MakeCaller) -> None:
    owner: Caller = await make_caller()
    admin: Caller = await make_caller("ADMIN", beside=owner, clearance="GREEN")
    address = f"a@{owner.org}.example"
    above = {"email": address, "role": "AUDITOR", "clearance": "AMBER"}
    answer = (await admin.post(INVITE, {"input": above})).json()
    assert answer["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    for role in ("AUDITOR", "ANALYST"):
        assert (await invited(admin, address, role, clearance="GREEN"))["errors"] == []
    # What the owner offers, the admin may take back, but not get a link to.
    offered = (await invited(owner, address, "ANALYST", clearance="RED"))["invitation"]["id"]
    query = "mutation R($id: ID!) { resendInvitation(id: $id) { link } }"
    answer = (await admin.post(query, {"id": offered})).json()
    assert answer["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"


async def test_a_role_that_is_offered_is_not_taken_away(caller: Caller) -> None:
    make = 'mutation { createRole(name: "Watch", permissions: [READ_GRAPH]) { role { id } } }'
    role = (await caller.ask(make))["createRole"]["role"]["id"]
    await invited(caller, f"a@{caller.org}.example", "Watch")
    done = await caller.ask(
        "mutation D($id: ID!) { deleteRole(id: $id) { errors { code } } }", id=role
    )
    assert done["deleteRole"]["errors"] == [{"code": "CONFLICT"}]


class Outbox:
    """A mailer that keeps what it is given, or is away."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.is_away = False

    async def send(self, to: str, subject: str, text: str) -> None:
        if self.is_away:
            raise StoreUnavailable("the mail server does not answer")
        self.sent.append((to, subject, text))


async def test_by_mail_the_link_reaches_whom_it_is_for_and_nobody_else(
    caller: Caller, app: Starlette, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox()
    post = Post(Links("https://mirage.example"), outbox)
    services = app.state.services
    monkeypatch.setitem(services.__dict__, "post", post)
    address = f"a@{caller.org}.example"
    given = await invited(caller, address)
    assert given["link"] is None
    [(to, subject, text)] = outbox.sent
    assert (to, subject) == (address, f"{caller.email} invites you to Test organization")
    link = next(line for line in text.splitlines() if line.startswith("https://mirage.example/"))
    token = link.partition("#")[2]
    outbox.is_away = True
    answer = (await caller.post(INVITE, {"input": {"email": address, "role": "VIEWER"}})).json()
    assert answer["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"
    with pytest.raises(NotFound):
        await invitations.accept(store, token, "A", "long enough", hashed)


async def test_a_suspended_organization_invites_nobody(caller: Caller, store: Store) -> None:
    actor = acting.Actor.operator(caller.org)
    await store.execute(
        "MATCH (o:Organization {id: $org}) SET o.suspended_at = datetime()", {"org": caller.org}
    )
    wanted = invitations.Wanted("a@b.example", "VIEWER", "CLEAR")
    with pytest.raises(Conflict):
        await invitations.invite(store, actor, Post(), wanted)


def test_life_and_address_have_one_form() -> None:
    assert timedelta(days=7) == invitations.LIFE
    with pytest.raises(Refused):
        naming.email_of("owner@localhost")
