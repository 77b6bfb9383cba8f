"""The second factor on the account's page: set up, recovery codes shown once, and nothing left of them."""

from __future__ import annotations

import re

import pyotp
from anyio import Path as AnyPath
from playwright.async_api import Page, expect

from tests.api.signin.conftest import PASSWORD, Person
from tests.api.signin.pages.conftest import STAYS, OpenPage, begin, enter


async def set_up(page: Page) -> tuple[str, list[str]]:
    """Set it up; gives the secret and the recovery codes that the page shows."""
    panel, secret = page.locator("#factor"), await begin(page)
    await panel.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    await panel.get_by_role("button", name="Turn it on").click()
    await expect(panel.locator("#recovery-codes li")).to_have_count(10)
    return secret, await panel.locator("#recovery-codes li").all_inner_texts()


async def test_the_second_factor_is_set_up_and_lets_in(
    page: Page, open_page: OpenPage, person: Person
) -> None:
    panel = page.locator("#factor")
    await begin(page)
    picture = panel.get_by_role("img", name="QR code")
    await expect(picture).to_be_visible()
    box = await picture.bounding_box()
    assert box is not None
    assert box["width"] > 150, "large enough for a camera"

    await panel.get_by_label("Code", exact=True).fill("abc")
    await panel.get_by_role("button", name="Turn it on").click()
    await expect(panel.get_by_label("Code", exact=True)).to_have_accessible_description(
        re.compile("code is wrong")
    )
    await panel.get_by_role("button", name="Not now").click()
    await expect(panel).to_contain_text("It is off")

    _, codes = await set_up(page)
    await expect(page.locator("#told")).to_contain_text("The second factor is on")
    await panel.get_by_role("button", name="I have kept them").click()
    await expect(panel).to_contain_text("It is on")

    other = await open_page()
    await enter(other, person, code=codes[0])
    await expect(other.locator("#factor")).to_contain_text("It is on")


async def test_recovery_codes_are_shown_once_and_stay_nowhere(page: Page) -> None:
    secret, codes = await set_up(page)
    panel = page.locator("#factor")

    async with page.expect_download() as downloading:
        await panel.get_by_role("button", name="Download").click()
    download = await downloading.value
    kept = await AnyPath(await download.path()).read_text("utf-8")
    assert (download.suggested_filename, kept.split()) == ("mirage-recovery-codes.txt", codes)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await panel.get_by_role("button", name="Copy").click()
    await expect(page.locator("#told")).to_have_text("The recovery codes are copied.")
    assert (await page.evaluate("navigator.clipboard.readText()")).split() == codes

    for given in (secret, *codes):
        assert given not in await page.evaluate(STAYS)
    # As the browser does when it leaves a page that it may show again by its arrow for going back.
    await page.evaluate(
        "window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))"
    )
    content = await page.content()
    assert [each for each in (secret, *codes) if each in content] == []
    await page.reload()
    await expect(panel).to_contain_text("It is on")
    assert await panel.locator("#recovery-codes").count() == 0


async def test_the_secret_is_wiped_when_the_page_is_left(page: Page) -> None:
    secret = await begin(page)
    await page.evaluate(
        "window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))"
    )
    assert secret[:4] not in await page.locator("#factor").inner_text()
    assert await page.locator("#factor svg").count() == 0


async def test_recovery_codes_are_renewed_and_the_factor_taken_away(
    page: Page, person: Person
) -> None:
    _, codes = await set_up(page)
    panel = page.locator("#factor")
    await panel.get_by_role("button", name="I have kept them").click()
    await panel.get_by_text("New recovery codes").click()
    first, second = panel.locator("details").nth(0), panel.locator("details").nth(1)
    await first.get_by_label("Your password").fill(PASSWORD)
    await first.get_by_label("Code", exact=True).fill(codes[0])
    await first.get_by_role("button").click()
    await expect(panel.locator("#recovery-codes li")).to_have_count(10)
    renewed = await panel.locator("#recovery-codes li").all_inner_texts()
    assert not {*codes} & {*renewed}
    await panel.get_by_role("button", name="I have kept them").click()

    await panel.get_by_text("Turn it off").first.click()
    await second.get_by_label("Your password").fill(PASSWORD)
    await second.get_by_label("Code", exact=True).fill(codes[1])
    await second.get_by_role("button").click()
    await expect(second.get_by_role("button")).to_be_enabled()
    await expect(panel.locator(".trouble")).to_have_text("The password or the code is wrong.")
    await second.get_by_label("Code", exact=True).fill(renewed[0])
    await second.get_by_role("button").click()
    await expect(panel).to_contain_text("It is off")
    assert (await person.sign_in()).status_code == 200
