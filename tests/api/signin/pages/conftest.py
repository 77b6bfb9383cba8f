"""The account's page in a real Chromium, with somebody before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from tests.api.signin.conftest import PASSWORD, Person
from tests.support.chromium import chromium, person_at

STAYS = "JSON.stringify([{...localStorage}, {...sessionStorage}, location.href, document.cookie])"
"""Where a page could leave what it showed."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def started() -> AsyncIterator[Chromium]:
    async with chromium() as browser:
        yield browser


OpenPage = Callable[[], Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(started: Chromium, served: str) -> AsyncIterator[OpenPage]:
    """Opens pages, each in a window of its own; nothing may go wrong in any."""
    async with AsyncExitStack() as stack:
        troubles: list[list[str]] = []

        async def open_one() -> Page:
            context, wrong = await stack.enter_async_context(person_at(started, f"http://{served}"))
            troubles.append(wrong)
            return await context.new_page()

        yield open_one
        assert [each for wrong in troubles for each in wrong] == []


async def enter(page: Page, person: Person, password: str = PASSWORD, code: str = "") -> None:
    """Come to the account's page as somebody who is not signed in does."""
    await page.goto("/account")
    await page.wait_for_url("**/signin?next=/account")
    await page.get_by_label("E-mail address").fill(person.email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()
    if code:
        await page.get_by_label("Code", exact=True).fill(code)
        await page.get_by_role("button", name="Go on").click()
    await page.wait_for_url("**/account")
    await expect(page.locator("#sessions li").first).to_be_visible()


@pytest_asyncio.fixture(loop_scope="session")
async def page(open_page: OpenPage, person: Person) -> Page:
    """The page of somebody who has just signed in."""
    opened = await open_page()
    await enter(opened, person)
    return opened


async def begin(page: Page) -> str:
    """Begin to set the second factor up; gives the secret that the page shows."""
    panel = page.locator("#factor")
    await panel.get_by_label("Your password").fill(PASSWORD)
    await panel.get_by_role("button", name="Set it up").click()
    return (await panel.locator("#factor-secret").inner_text()).replace(" ", "")
