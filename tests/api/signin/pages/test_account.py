"""The account's page in a real Chromium: what a person does there, and what stays nowhere afterwards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from pydantic import SecretStr
from starlette.applications import Starlette

from graph.store import Store
from server.settings_api import ApiSettings
from server.web.door import door_of
from tests.api.signin.conftest import PASSWORD, MakePerson, Person
from tests.api.signin.pages.conftest import STAYS, OpenPage, begin, enter

NEW = "harbour lantern fiddle"


async def test_it_says_who_is_signed_in_and_changes_the_organization(
    open_page: OpenPage, make_person: MakePerson
) -> None:
    person = await make_person(organizations=2)
    page = await open_page()
    await page.goto("/account")
    await page.get_by_label("E-mail address").fill(person.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Organization").select_option(label="Org 0")
    await page.get_by_role("button", name="Go on").click()
    who = page.locator("#who dl")
    await expect(who).to_contain_text("Ada Heron")
    assert {*(await who.locator("dd").all_inner_texts())} == {
        "Ada Heron", person.email, "Org 0", "Owner", "TLP:RED",
    }  # fmt: skip

    await page.get_by_label("Another organization").select_option(label="Org 1")
    await page.get_by_role("button", name="Change", exact=True).click()
    await expect(page.locator("#who dl")).to_contain_text("Org 1")
    await expect(page.locator("#told")).to_have_text("You are in Org 1 now.")

    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert person.told("SIGN_OUT")


async def test_the_pages_lead_to_each_other(page: Page) -> None:
    await page.goto("/signin")
    await page.get_by_role("link", name="Your account").click()
    await expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    await page.get_by_role("link", name="GraphiQL").click()
    await page.get_by_role("link", name="Account").click()
    await expect(page.locator("#sessions")).to_contain_text("this one")


async def test_changing_the_password_ends_the_other_sessions(
    page: Page, open_page: OpenPage, person: Person
) -> None:
    other = await open_page()
    await enter(other, person)
    await page.reload()
    await expect(page.locator("#sessions li")).to_have_count(2)
    panel = page.locator("#password")
    for rule in (
        "12 to 256 characters",
        "Not your address or name",
        "ends all your other sessions",
    ):
        await expect(panel).to_contain_text(rule)

    await panel.get_by_label("Current password").fill(PASSWORD)
    await panel.get_by_label("New password").fill(NEW)
    await panel.get_by_role("button").click()
    await expect(page.locator("#told")).to_contain_text("Your password is changed")
    await expect(page.locator("#sessions li")).to_have_count(1)
    await expect(panel.get_by_label("New password")).to_have_value("")

    await other.get_by_role("button", name="End all others").click()
    await other.wait_for_url("**/signin?next=/account")
    assert (await person.sign_in()).status_code == 401
    assert (await person.sign_in(password=NEW)).status_code == 200


REFUSED = {
    "the current one": ("wrong wrong wrong", NEW, "Current password", "wrong"),
    "a weak one": (PASSWORD, "aaaaaaaaaaaa", "New password", "repeats itself"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_wrong_with_a_password_is_told_at_its_field(
    page: Page, person: Person, name: str
) -> None:
    current, password, label, said = REFUSED[name]
    panel = page.locator("#password")
    await panel.get_by_label("Current password").fill(current)
    await panel.get_by_label("New password").fill(password)
    await page.keyboard.press("Enter")
    field = panel.get_by_label(label)
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description(re.compile(said))
    assert (await person.sign_in()).status_code == 200


async def test_sessions_are_told_and_ended(page: Page, open_page: OpenPage, person: Person) -> None:
    others = [await open_page(), await open_page()]
    for other in others:
        await enter(other, person)
    await person.tokens()
    await page.reload()
    items = page.locator("#sessions li")
    await expect(items).to_have_count(4)
    await expect(items.first).to_contain_text("this one")
    await expect(items.first).to_contain_text("Chrome on Linux")
    await expect(items.first).to_contain_text("127.0.0.1")
    await expect(items.first.get_by_role("button")).to_have_count(0)
    await expect(page.locator("#sessions .mark")).to_have_count(1)

    await items.nth(1).get_by_role("button").click()
    await expect(items).to_have_count(3)
    await expect(page.locator("#told")).to_contain_text("has ended")
    await page.get_by_role("button", name="End all others").click()
    await expect(items).to_have_count(1)
    await expect(page.locator("#told")).to_have_text("2 other sessions have ended.")
    for other in others:
        await other.reload()
        await other.wait_for_url("**/signin?next=/account")


async def test_a_key_is_made_shown_once_and_revoked(page: Page, person: Person) -> None:
    panel = page.locator("#keys")
    await expect(panel).to_contain_text("You have no key that works.")
    await panel.get_by_text("Make a key").click()
    await panel.get_by_label("Name").fill("nightly import")
    await panel.get_by_label("It may do").select_option(label="What you choose")
    await panel.get_by_label("Read account").check()
    await panel.get_by_role("button", name="Make it").click()
    text = await panel.locator("#new-key").inner_text()

    async def asks() -> int:
        headers = {"Authorization": f"Bearer {text}"}
        body = {"query": "{ me { email permissions } }"}
        answer = await person.client.post("/graphql", json=body, headers=headers)
        if answer.status_code == 200:
            me = {"email": person.email, "permissions": ["READ_ACCOUNT"]}
            assert answer.json()["data"]["me"] == me
        return answer.status_code

    assert await asks() == 200
    assert text not in await page.evaluate(STAYS)
    await panel.get_by_role("button", name="I have kept it").click()
    assert text not in await page.content()
    item = panel.locator("li").first
    for said in ("nightly import", f"{text[:6]}", "read account", "ends", "made just now"):
        await expect(item).to_contain_text(said)

    await item.get_by_role("button", name="Revoke").click()
    await panel.get_by_role("button", name="Keep it").click()
    await item.get_by_role("button", name="Revoke").click()
    assert await asks() == 200
    await panel.get_by_role("button", name="Revoke it for good").click()
    await expect(panel).to_contain_text("Ended keys (1)")
    assert await asks() == 401


async def test_the_keyboard_is_enough(page: Page) -> None:
    """What is reached by Tab, in the order of the page, and used by Enter."""
    await page.locator("#leave").focus()
    reached = []
    for _ in range(6):
        await page.keyboard.press("Tab")
        reached.append(
            await page.evaluate("document.activeElement.id || document.activeElement.textContent")
        )
    assert reached == [
        "password-current", "password-new", "Change the password", "factor-password", "Set it up", "Make a key",
    ]  # fmt: skip
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "key-name"


@pytest.mark.parametrize("width", [420, 1280])
async def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await begin(page)
    await page.get_by_text("Make a key").click()
    await page.get_by_label("It may do").select_option(label="What you choose")
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    assert [*await page.evaluate(widths)] == [width, width]


async def test_it_works_where_only_trusted_documents_are_answered(
    page: Page, served_app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ApiSettings(
        neo4j_uri="bolt://localhost",
        neo4j_password=SecretStr("x"),
        redis_url=SecretStr("redis://localhost"),
        evidence_folder=Path(),
        api_documents_only=True,
    )
    library = door_of(settings).library
    monkeypatch.setattr(served_app.state.services.executor, "_library", library)
    await page.reload()
    await expect(page.locator("#sessions")).to_contain_text("this one")
    await expect(page.locator("#keys")).to_contain_text("You have no key that works.")
    await expect(page.locator(".trouble:visible")).to_have_count(0)


async def test_whoever_has_no_password_is_told_so(page: Page, person: Person, store: Store) -> None:
    await store.execute("MATCH (u:User {id: $user}) REMOVE u.password", {"user": person.user})
    await page.reload()
    for panel in ("#password", "#factor"):
        await expect(page.locator(panel)).to_contain_text("by a provider")
        await expect(page.locator(panel).locator("input")).to_have_count(0)


async def test_where_another_is_signed_in_meanwhile_nothing_is_done_in_their_name(
    page: Page, make_person: MakePerson, person: Person
) -> None:
    """In another tab: the page begins anew."""
    other = await make_person()
    tab = await page.context.new_page()
    await tab.goto("/signin")
    await tab.get_by_role("button", name="Sign out").click()
    await tab.get_by_label("E-mail address").fill(other.email)
    await tab.get_by_label("Password").fill(PASSWORD)
    await tab.get_by_role("button", name="Sign in").click()
    await tab.wait_for_url("**/graphiql/")

    panel = page.locator("#password")
    await panel.get_by_label("Current password").fill(PASSWORD)
    await panel.get_by_label("New password").fill(NEW)
    await panel.get_by_role("button").click()
    await expect(page).to_have_url(re.compile("/signin"))
    for each in (person, other):
        assert (await each.sign_in()).status_code == 200
