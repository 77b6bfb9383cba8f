"""Memberships that a provider gives, changes and ends."""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.api.oidc.conftest import (
    MakeTraveller,
    Site,
    Traveller,
)
from tests.support.oidc import OidcProvider


async def test_roles_follow_the_provider(
    site: Site, one: OidcProvider, make_traveller: MakeTraveller
) -> None:
    async def roles_with(**claims: Any) -> list[tuple[str, str, str, bool]]:
        one.user |= claims
        await make_traveller().sign_in()
        return await site.memberships(one.user["email"])

    staff, side = ("main", "ANALYST", "GREEN", True), ("side", "VIEWER", "CLEAR", True)
    assert await roles_with(realm={"roles": ["side", 7]}) == [staff, side]
    assert await roles_with(groups=["staff", "leads"]) == [("main", "LEAD", "RED", True), side]
    assert await roles_with(groups="staff", realm="side") == [staff]
    assert await roles_with(groups=[]) == []


async def test_what_a_provider_gives_and_takes_is_in_the_audit_of_the_organization(
    site: Site, one: OidcProvider, make_traveller: MakeTraveller
) -> None:
    async def told(**claims: Any) -> list[tuple[str, ...]]:
        one.user |= claims
        del site.events[:]
        await make_traveller().sign_in()
        renewed = [each.row for each in site.events if each.happened == "MEMBERSHIP_RENEWED"]
        assert {each.action for each in renewed} <= {"auth.renewMembership"}
        return [
            (each.actor.org, *(str(each.details[n]) for n in ("change", "role", "clearance")))
            for each in renewed
        ]

    main, side = site.orgs["main"], site.orgs["side"]
    given = await told(realm={"roles": ["side"]})
    assert sorted(given) == sorted(
        [(main, "GIVEN", "ANALYST", "GREEN"), (side, "GIVEN", "VIEWER", "CLEAR")]
    )
    assert await told() == []
    assert await told(groups=["staff", "leads"]) == [(main, "CHANGED", "LEAD", "RED")]
    assert await told(realm="none") == [(side, "ENDED", "VIEWER", "CLEAR")]
    rows = await site.store.read(
        "MATCH (e:AuditEvent {org: $org, action: 'auth.renewMembership', actor: $user}) "
        "RETURN e.details AS details ORDER BY e.seq",
        {"org": main, "user": site.events[0].user},
    )
    assert [json.loads(row["details"])["change"] for row in rows] == ["GIVEN", "CHANGED"]


async def test_a_lost_group_ends_what_it_gave(
    site: Site, one: OidcProvider, browser: Traveller, make_traveller: MakeTraveller
) -> None:
    await browser.sign_in()
    key = str(uuid.uuid4())
    await site.store.execute(
        "MATCH (u:User {email: $email}) CREATE (u)-[:HAS_KEY]->(:ApiKey {id: $key, org: $org, hash: $key})",
        {"email": one.user["email"], "key": key, "org": site.orgs["main"]},
    )
    one.user["groups"] = []
    refused = await make_traveller().sign_in()

    assert refused.status_code == 403
    assert "NO_ROLE" in refused.text
    assert site.events[-1].reason == "NO_ROLE"
    assert site.events[-1].user
    assert await site.memberships(one.user["email"]) == []
    rows = await site.store.read(
        "MATCH (k:ApiKey {id: $key}) RETURN k.revoked_at AS at", {"key": key}
    )
    assert rows[0]["at"] is not None
    site.app.state.services.reception.gate.forget_user(site.events[-1].user)
    assert await browser.session() is None, "the session has nothing to be in any more"


async def test_a_suspension_outlives_a_lost_group(
    site: Site, one: OidcProvider, make_traveller: MakeTraveller
) -> None:
    await make_traveller().sign_in()
    await site.store.execute(
        "MATCH (:User {email: $email})-[:HAS_MEMBERSHIP]->(m) SET m.suspended_at = datetime()",
        {"email": one.user["email"]},
    )
    reasons = []
    for groups in (["staff"], [], ["staff"]):
        one.user["groups"] = groups
        assert (await make_traveller().sign_in()).status_code == 403
        reasons.append(site.events[-1].reason)

    assert reasons == ["NO_ROLE"] * 3


async def test_a_membership_given_by_hand_stays(
    site: Site, one: OidcProvider, browser: Traveller, make_traveller: MakeTraveller
) -> None:
    await site.make_user(one.user["email"])
    await browser.sign_in()
    one.user["groups"] = []

    assert (await make_traveller().sign_in()).status_code == 303
    assert await site.memberships(one.user["email"]) == [("other", "VIEWER", "RED", False)]
