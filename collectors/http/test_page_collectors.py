"""http.headers, http.favicon, http.tech, http.trackers, http.extract: one page read five ways."""

import base64

import mmh3
import pytest

from collectors._kit.base import Collector
from collectors._kit.testing import described, replay
from collectors.http.extract import Extract
from collectors.http.favicon import Favicon
from collectors.http.headers import Headers
from collectors.http.tech import Tech
from collectors.http.technology import technologies
from collectors.http.trackers import Trackers, patterns
from graph.facts import Outcome
from graph.model.web import URL

SITE = "https://www.heron-optics.example/"
PAGE = f"URL {SITE}"
ALL: list[type[Collector]] = [Headers, Favicon, Tech, Trackers, Extract]


@pytest.mark.parametrize("collector", ALL)
def test_all_ask_for_the_page_in_the_same_way(collector: type[Collector]) -> None:
    first, *more = collector().plan(URL(url=SITE))
    assert first == next(Headers().plan(URL(url=SITE)))
    assert more == []
    assert list(collector().plan(URL(url="ftp://heron-optics.example/"))) == []


@pytest.mark.parametrize("collector", ALL)
def test_a_closed_port_is_an_answer_and_silence_is_an_error(collector: type[Collector]) -> None:
    assert [a.outcome for a in replay(collector, f"{collector.id}.empty")] == [Outcome.ABSENT]
    assert [a.outcome for a in replay(collector, f"{collector.id}.failing")] == [Outcome.ERROR]


def test_policies_are_told_without_what_differs_each_time() -> None:
    assert described(replay(Headers, "http.headers.ok")) == {
        f"{PAGE} {{content_security_policy: \"default-src 'self'; script-src 'nonce-…'\", "
        "content_type_options: 'nosniff', hsts_include_subdomains: True, "
        "hsts_max_age_s: 31536000, insecure_cookies: ['PHPSESSID', 'seen'], "
        "media_type: 'text/html', missing_policies: ['referrer-policy', 'x-frame-options'], "
        "powered_by: 'PHP/8.3.1', server: 'nginx/1.24.0', status: 200}"
    }


def test_over_plain_http_no_policy_insists_on_tls() -> None:
    assert described(replay(Headers, "http.headers.plain")) == {
        "URL http://portal.heron-optics.example/ "
        "{content_security_policy: \"frame-ancestors 'none'\", insecure_cookies: ['s'], "
        "media_type: 'text/html', "
        "missing_policies: ['referrer-policy', 'x-content-type-options'], status: 200}"
    }


def test_a_page_that_is_not_there_states_nothing() -> None:
    assert described(replay(Headers, "http.headers.error")) == set()
    assert described(replay(Extract, "http.extract.missing")) == set()


def test_an_icon_has_the_fingerprints_that_others_take() -> None:
    lines = described(replay(Favicon, "http.favicon.usual_place"))
    number = mmh3.hash(base64.encodebytes(b"\x89PNG...."))
    taken = "URL http://portal.heron-optics.example/ -HAS_FINGERPRINT-> Fingerprint"
    assert f"{taken} favicon_mmh3¦{number}" in lines
    assert len(lines) == 2
    assert len(described(replay(Favicon, "http.favicon.ok"))) == 2


def test_a_page_in_an_icon_s_place_is_no_icon() -> None:
    assert described(replay(Favicon, "http.favicon.page_instead")) == set()


def test_software_is_told_with_its_version() -> None:
    lines = described(replay(Tech, "http.tech.ok"))
    assert {line for line in lines if "RUNS" in line} == {
        f"{PAGE} -RUNS-> SoftwareRelease a:f5:nginx¦1.24.0",
        f"{PAGE} -RUNS-> SoftwareRelease a:php:php¦8.3.1",
        f"{PAGE} -RUNS-> SoftwareRelease a:wordpress:wordpress¦6.4.2",
        f"{PAGE} -RUNS-> SoftwareRelease a:jquery:jquery¦3.7.1",
        f"{PAGE} -RUNS-> SoftwareRelease a:getbootstrap:bootstrap¦5.3.2",
    }


def test_words_about_software_do_not_make_it_run() -> None:
    assert described(replay(Tech, "http.tech.none")) == set()


def test_trackers_are_ids_in_code_not_words_or_placeholders() -> None:
    assert described(replay(Trackers, "http.trackers.ok")) == {
        f"{PAGE} -HAS_TRACKER-> TrackingIdentifier google_analytics¦G-HER0N0001",
        f"{PAGE} -HAS_TRACKER-> TrackingIdentifier google_analytics¦UA-5551212 "
        "{property_number: 3}",
        f"{PAGE} -HAS_TRACKER-> TrackingIdentifier meta_pixel¦998877665544332",
    }
    assert described(replay(Trackers, "http.trackers.none")) == set()


def test_the_tables_are_whole() -> None:
    products = [one.product for one in technologies()]
    assert len(products) == len(set(products))
    assert all(
        one.headers or one.cookie or one.generator or one.script or one.text
        for one in technologies()
    )
    assert all("id" in pattern.groupindex for _, pattern in patterns())


def test_a_page_is_told_with_what_it_leads_to_and_holds() -> None:
    assert described(replay(Extract, "http.extract.ok")) == {
        f"{PAGE} {{generator: 'WordPress 6.4.2', has_password_form: True, language: 'en-GB', "
        "media_type: 'text/html', page_description: 'Lenses since 1950.', "
        "server: 'nginx/1.24.0', status: 200, title: 'Heron Optics – lenses'}",
        f"{PAGE} -LOADS_FROM-> URL {SITE}static/jquery-3.7.1.min.js {{has_integrity: False}}",
        f"{PAGE} -LOADS_FROM-> URL "
        "https://cdn.lens-library.example/bootstrap@5.3.2/bootstrap.js {has_integrity: True}",
        f"{PAGE} -LOADS_FROM-> URL {SITE}wp-content/style.css {{has_integrity: True}}",
        f"{PAGE} -LOADS_FROM-> URL https://pictures.example/p.png",
        f"{PAGE} -EMBEDS-> URL https://maps.example/m",
        f"{PAGE} -LINKS_TO-> URL {SITE}shop?item=1",
        f"{PAGE} -LINKS_TO-> URL https://partner.example/a",
        f"{PAGE} -LINKS_TO-> URL https://github.com/heron-optics/lenses",
        f"{PAGE} -LINKS_TO-> URL https://www.linkedin.com/company/heron-optics/",
        f"{PAGE} -LINKS_TO-> URL https://twitter.com/share?url=x",
        f"{PAGE} -FORM_POSTS_TO-> URL {SITE}search {{has_password: False}}",
        f"{PAGE} -FORM_POSTS_TO-> URL http://login.heron-optics.example/session "
        "{has_password: True}",
        f"{PAGE} -CONTAINS_DATA-> EmailAddress sales@heron-optics.example",
        f"{PAGE} -CONTAINS_DATA-> EmailAddress ada.wren@heron-optics.example",
        f"{PAGE} -CONTAINS_DATA-> PhoneNumber +442079460018",
        f"{PAGE} -CONTAINS_DATA-> PhoneNumber +493023125001",
        "PhoneNumber +442079460018 {aliases: ['+44-20-7946-0018']}",
        "PhoneNumber +493023125001 {aliases: ['+49 30 23125 001']}",
        f"{PAGE} -CONTAINS_DATA-> UserAccount github¦heron-optics",
        "UserAccount github¦heron-optics {handle: 'heron-optics'}",
        f"{PAGE} -CONTAINS_DATA-> UserAccount linkedin¦heron-optics",
        "UserAccount linkedin¦heron-optics {handle: 'heron-optics'}",
        f"{PAGE} -CONTAINS_DATA-> CryptoWallet bitcoin¦1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
    }


def test_files_are_no_pages() -> None:
    assert described(replay(Extract, "http.extract.binary")) == set()


def test_a_parked_name_is_told() -> None:
    (line,) = described(replay(Extract, "http.extract.parked"))
    assert "is_parked: True" in line
