"""Turns a site of `company.yaml` into what answers its requests."""

from __future__ import annotations

import re

from lab.company import Company, Page, Site
from lab.web.icon import icon
from lab.web.message import Handler, Request, Response, reason_of
from lab.web.page import html

ICON_PATH = "/favicon.ico"
IN_DAYS = re.compile(r"\{in_days:(-?\d+)\}")


def site_handler(company: Company, name: str) -> Handler:
    """What answers for the site called `name`."""
    site = company.sites[name]

    def handle(request: Request) -> Response:
        if site.plain == "redirect" and not request.is_tls:
            query = f"?{request.query}" if request.query else ""
            return _redirect(site, f"https://{name}{request.path}{query}")
        if request.method not in ("GET", "HEAD"):
            return _notice(site, 405)
        if request.path == ICON_PATH and site.icon:
            return _response(site, 200, "image/x-icon", icon(site.icon))
        page = site.pages.get(request.path)
        return _notice(site, 404) if page is None else _page(company, site, page)

    return handle


def page_text(company: Company, page: Page) -> str:
    """The body of a page that is no redirect."""
    if page.raw is None:
        return html(page)
    return IN_DAYS.sub(lambda m: company.day(int(m[1])).strftime("%Y-%m-%dT%H:%M:%SZ"), page.raw)


def _page(company: Company, site: Site, page: Page) -> Response:
    if page.redirect:
        return _redirect(site, page.redirect)
    return _response(site, page.status, page.type, page_text(company, page).encode())


def _redirect(site: Site, target: str) -> Response:
    body = html(Page(title=f"301 {reason_of(301)}", links=(target,))).encode()
    found = _response(site, 301, "text/html; charset=utf-8", body)
    return Response(301, body, (*found.headers, ("location", target)))


def _notice(site: Site, status: int) -> Response:
    body = html(Page(title=f"{status} {reason_of(status)}")).encode()
    return _response(site, status, "text/html; charset=utf-8", body)


def _response(site: Site, status: int, media_type: str, body: bytes) -> Response:
    return Response(status, body, (*site.headers.items(), ("content-type", media_type)))
