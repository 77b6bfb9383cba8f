from datetime import UTC, datetime

import pytest

from collectors._kit.testing import described, replay
from collectors.http.agreed import openid_urls, robots_urls, security_fields, sitemap_urls
from collectors.http.wellknown import WellKnown
from graph.facts import Answer, Outcome

SITE = "https://www.heron-optics.example"


def parts(case: str) -> dict[str, Answer]:
    return {answer.part: answer for answer in replay(WellKnown, f"http.wellknown.{case}")}


def test_a_security_txt_names_contacts_and_until_when_it_holds() -> None:
    page = f"URL {SITE}/.well-known/security.txt"
    assert described([parts("ok")["security_txt"]]) == {
        f"{page} {{media_type: 'text/plain', status: 200, valid_to: '2027-01-01T00:00:00.000Z'}}",
        f"{page} -CONTAINS_DATA-> EmailAddress security@heron-optics.example",
        f"{page} -CONTAINS_DATA-> PhoneNumber +442079460018",
        "PhoneNumber +442079460018 {aliases: ['+44-20-7946-0018']}",
        f"{page} -LINKS_TO-> URL {SITE}/report",
        f"{page} -LINKS_TO-> URL {SITE}/policy",
    }


def test_a_robots_txt_names_paths_without_wildcards() -> None:
    page = f"URL {SITE}/robots.txt"
    lines = described([parts("ok")["robots"]])
    assert {line for line in lines if "robots_sha256" not in line} == {
        f"{page} {{media_type: 'text/plain', status: 200}}",
        f"{page} -LINKS_TO-> URL {SITE}/drafts/",
        f"{page} -LINKS_TO-> URL {SITE}/drafts/a",
        f"{page} -LINKS_TO-> URL {SITE}/sitemap.xml",
    }
    assert len(lines) == 5


def test_other_files_name_pages() -> None:
    found = parts("ok")
    assert described([found["sitemap"]]) == {
        f"URL {SITE}/sitemap.xml {{media_type: 'application/xml', status: 200}}",
        f"URL {SITE}/sitemap.xml -LINKS_TO-> URL {SITE}/shop",
    }
    openid = f"URL {SITE}/.well-known/openid-configuration"
    assert described([found["openid"]]) == {
        f"{openid} {{media_type: 'application/json', status: 200}}",
        f"{openid} -LINKS_TO-> URL https://login.heron-optics.example/",
        f"{openid} -LINKS_TO-> URL https://login.heron-optics.example/token",
    }
    change = f"URL {SITE}/.well-known/change-password"
    assert described([found["change_password"]]) == {
        f"{change} {{media_type: 'text/html', status: 302}}",
        f"{change} -REDIRECTS_TO[302]-> URL {SITE}/account/password",
    }


@pytest.mark.parametrize("case", ["empty", "same_page", "odd"])
def test_what_has_not_the_form_is_not_the_file(case: str) -> None:
    assert {a.outcome for a in parts(case).values()} == {Outcome.ABSENT}


def test_each_place_fails_by_itself() -> None:
    failing = parts("failing")
    assert {p for p, a in failing.items() if a.outcome is Outcome.ERROR} == {"robots"}
    assert failing["robots"].reason == f"{SITE}/robots.txt: timed out"


def test_broken_files_give_what_can_be_read() -> None:
    fields = security_fields("Contact: a@b.example\nExpires: never\nHiring:\n")
    assert (fields.contacts, fields.links, fields.expires) == (("a@b.example",), (), None)
    local = security_fields("contact: x\nEXPIRES: 2027-01-01T02:00:00+02:00")
    assert local.expires == datetime(2027, 1, 1, tzinfo=UTC)
    assert robots_urls("hello") is None
    assert robots_urls("User-agent: *\nDisallow: /\n") == ()
    assert sitemap_urls(b"<urlset><loc>https://a.example/</loc>") == ()
    assert sitemap_urls(b"<rss><loc>https://a.example/</loc></rss>") == ()
    index = b"<sitemapindex><sitemap><loc>https://a.example/1</loc></sitemap></sitemapindex>"
    assert sitemap_urls(index) == ("https://a.example/1",)
    assert sitemap_urls(b"\x1f\x8bnot gzip") == ()
    assert openid_urls("[" * 100_000) == ()
    assert openid_urls('{"issuer": "https://a.example"') == ()
