"""Sites, pages and icons."""

import struct
import zlib

import pytest

from lab.company import Page
from lab.web.icon import icon
from lab.web.message import Request, Response
from lab.web.page import html
from lab.web.site import site_handler
from lab.world import World

MAIN = "orrery-instruments.example"


def get(
    world: World, site: str, path: str = "/", *, method: str = "GET", is_tls: bool = True
) -> Response:
    return site_handler(world.company, site)(Request(method, site, path, "a=1", is_tls=is_tls))


def test_page_shows_its_parts_and_escapes_them() -> None:
    page = Page(title="A & <B>", links=('/x?"y',), emails=("a@b.example",), phones=("+44 20 1",))
    text = html(page)
    assert "<title>A &amp; &lt;B&gt;</title>" in text
    assert '<a href="/x?&quot;y">' in text
    assert '<a href="mailto:a@b.example">' in text
    assert '<a href="tel:+44201">+44 20 1</a>' in text
    assert "password" not in text


def test_plain_site_sends_to_tls_with_path_and_query(world: World) -> None:
    answer = get(world, f"shop.{MAIN}", "/account", is_tls=False)
    assert answer.status == 301
    assert dict(answer.headers)["location"] == f"https://shop.{MAIN}/account?a=1"


@pytest.mark.parametrize(
    ("site", "path", "method", "status"),
    [
        (f"dev.{MAIN}", "/.git/HEAD", "GET", 200),
        (f"dev.{MAIN}", "/.git/HEAD", "DELETE", 405),
        (f"dev.{MAIN}", "/missing", "GET", 404),
        (f"dev.{MAIN}", "/favicon.ico", "GET", 404),
        (f"shop.{MAIN}", "/favicon.ico", "HEAD", 200),
        (f"build.{MAIN}", "/", "GET", 403),
        (MAIN, "/", "GET", 301),
    ],
)
def test_site_answers(world: World, site: str, path: str, method: str, status: int) -> None:
    assert get(world, site, path, method=method).status == status


def test_days_in_raw_text_count_from_today(world: World) -> None:
    body = get(world, f"www.{MAIN}", "/.well-known/security.txt").body.decode()
    assert f"Expires: {world.company.day(180):%Y-%m-%d}T00:00:00Z" in body


def test_site_headers_come_first_and_the_type_last(world: World) -> None:
    names = [name for name, _ in get(world, f"portal.{MAIN}").headers]
    assert names == ["server", "x-powered-by", "content-type"]


def test_icon_is_a_picture_that_follows_from_its_name() -> None:
    found = icon("armillary")
    assert found == icon("armillary") != icon("wave")
    size, start = struct.unpack("<II", found[14:22])
    picture = found[start : start + size]
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    length = struct.unpack(">I", picture[33:37])[0]
    rows = zlib.decompress(picture[41 : 41 + length])
    assert len(rows) == 16 * 17


def test_parameters_keep_the_first_and_values_all() -> None:
    request = Request("GET", "a.example", "/", "f=1&f=%25x&g=")
    assert request.parameters() == {"f": "1", "g": ""}
    assert request.values("f") == ["1", "%x"]
