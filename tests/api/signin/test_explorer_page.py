"""GraphiQL's page: for everyone, for those who are signed in and may read the schema, or for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette

from graph.store import Store
from server.settings_api import ExplorerDoor
from tests.api.signin.conftest import Browser, MakeClient, Person


@pytest.fixture
def opened_to(request: pytest.FixtureRequest, served_app: Starlette) -> Iterator[ExplorerDoor]:
    """Whom the page is for."""
    mode: ExplorerDoor = request.param
    usual = served_app.state.services
    served_app.state.services = replace(usual, explorer=mode)
    yield mode
    served_app.state.services = usual


@pytest.mark.parametrize("opened_to", ["everyone"], indirect=True)
@pytest.mark.usefixtures("opened_to")
async def test_everyone_gets_it(browser: Browser) -> None:
    for path in ("/graphiql/", "/graphiql/index.html"):
        assert (await browser.client.get(path)).status_code == 200


@pytest.mark.parametrize("opened_to", ["off"], indirect=True)
@pytest.mark.usefixtures("opened_to")
async def test_nobody_gets_it(browser: Browser, person: Person) -> None:
    await browser.sign_in(person)
    for path in ("/graphiql/", "/graphiql/index.html"):
        refused = await browser.client.get(path)
        assert (refused.status_code, refused.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("opened_to", ["signed-in"], indirect=True)
@pytest.mark.usefixtures("opened_to")
async def test_whoever_is_not_signed_in_is_shown_where(
    browser: Browser, person: Person, make_client: MakeClient
) -> None:
    async def expect_sign_in(of: Browser) -> None:
        answer = await of.client.get("/graphiql/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=/graphiql/")

    await expect_sign_in(browser)
    other = Browser(make_client())
    other.client.cookies.set("mirage-80", "ms_none")
    await expect_sign_in(other)
    await browser.sign_in(person)
    assert (await browser.client.get("/graphiql/")).status_code == 200


@pytest.mark.parametrize("opened_to", ["signed-in"], indirect=True)
@pytest.mark.usefixtures("opened_to")
async def test_whoever_may_not_read_the_schema_does_not_get_it(
    browser: Browser, person: Person, store: Store
) -> None:
    await store.execute(
        """
        MATCH (m:Membership {user: $user}) SET m.role = 'Watch'
        CREATE (:Role {id: $org, org: $org, name: 'Watch', permissions: ['READ_ACCOUNT'], created_at: datetime()})
        """,
        {"user": person.user, "org": person.orgs[0]},
    )
    await browser.sign_in(person)
    refused = await browser.client.get("/graphiql/")
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_PERMITTED")
