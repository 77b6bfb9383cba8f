"""The Chromium of this machine, driven as a person would: what a page is to a browser, no other test can tell."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Route, async_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# The network is left alone: no look-ups of its maker's hosts, no updates.
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def program() -> str:
    """The browser's program. Without one a test is skipped."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        pytest.skip(f"no browser on this machine; any of {', '.join(PROGRAMS)} would do")
    return found


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser that was started for this."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program(), args=[*QUIET])
        yield browser
        await browser.close()


@asynccontextmanager
async def person_at(browser: Browser, base: str) -> AsyncIterator[tuple[BrowserContext, list[str]]]:
    """A window with cookies of its own, and what went wrong in it: errors of scripts, and requests to elsewhere.

    Messages of refused requests are no errors: pages ask, and are refused.
    """
    context = await browser.new_context(base_url=base)
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on(
        "console",
        lambda said: (
            wrong.append(said.text)
            if said.type == "error" and "Failed to load resource" not in said.text
            else None
        ),
    )

    async def stay(route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(base).netloc:
            await route.continue_()
        else:
            wrong.append(f"asked elsewhere: {route.request.url}")
            await route.abort()

    await context.route("**/*", stay)
    yield context, wrong
    await context.close()
