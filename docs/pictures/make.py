"""Renews the pictures of this folder from a running demo; run by hand, see CONTRIBUTING.md.

    ./mirage demo                              # in another terminal, until it shows addresses
    python docs/pictures/make.py [CHROMIUM]    # in an environment with playwright and pillow

CHROMIUM is the browser's program; without it the one that `playwright install chromium` fetched.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Page, Route, sync_playwright

FOLDER = Path(__file__).parent
CHECKOUT = FOLDER.parents[1]
TAB = "Why"
WIDTH, HEIGHT = 1280, 660
LIMIT_BYTES = 200_000


def main() -> None:
    """Ask why in GraphiQL and keep what is seen."""
    status = demo_status()
    key = Path(status["key_file"]).read_text("utf-8").strip()
    with opened_page(sys.argv[1] if len(sys.argv) > 1 else None) as page:
        page.goto(f"{status['graphiql']}#key={key}")
        page.locator(".graphiql-tab-button", has_text=TAB).first.click()
        page.locator(".graphiql-execute-button").click()
        page.locator(".graphiql-response", has_text="collector").wait_for()
        page.mouse.move(0, 0)
        page.wait_for_timeout(1000)  # the tab's close button fades
        seen = page.screenshot()
    keep(seen, FOLDER / "graphiql.png")


def demo_status() -> dict[str, str]:
    """Addresses and files of the stack that runs."""
    command = [str(CHECKOUT / "mirage"), "status", "--json"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return dict(json.loads(said))


@contextmanager
def opened_page(program: str | None) -> Iterator[Page]:
    """A page that reaches loopback only."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.route("**/*", _on_loopback)
        yield page
        browser.close()


def _on_loopback(route: Route) -> None:
    if urlsplit(route.request.url).hostname in {"127.0.0.1", None}:
        route.continue_()
    else:
        route.abort()


def keep(seen: bytes, file: Path) -> None:
    """Write it as small as it gets without loss."""
    Image.open(io.BytesIO(seen)).convert("RGB").save(file, optimize=True)
    if file.stat().st_size > LIMIT_BYTES:
        raise SystemExit(f"{file} is larger than {LIMIT_BYTES} bytes")


if __name__ == "__main__":
    main()
