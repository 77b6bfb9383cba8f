import gzip
import os
from pathlib import Path
from typing import cast

import pytest
import yaml

from collectors._kit.base import HttpRequest, HttpResponse
from collectors._kit.testing import described, replay
from collectors.wayback.wayback import Wayback
from graph.errors import SourceRejected
from graph.facts import Outcome
from graph.model.network import DomainName
from graph.model.web import URL

DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "recorded" / "wayback"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"{RECORDED} is absent")


def read(body: bytes, domain: str) -> list[URL]:
    collector = Wayback({"max_urls": 50_000, "page_size": 1_000})
    response = HttpResponse(HttpRequest("https://web.archive.org/"), 200, (), body)
    found = collector.parse(response, DomainName(name=domain))
    return [fact for fact in found if isinstance(fact, URL)]


def test_pages_are_followed_and_lines_that_are_no_captures_left_out() -> None:
    (answer,) = replay(Wayback, "wayback_ok")
    assert answer.outcome is Outcome.FOUND
    assert described(answer.facts) == {
        "URL http://lanternworks.example/ {first_archived_at: '2011-04-05T06:07:08.000Z'}",
        "URL http://www.lanternworks.example/shop?item=7 "
        "{first_archived_at: '2015-01-02T03:04:05.000Z'}",
        "URL https://old.lanternworks.example/login "
        "{first_archived_at: '2019-12-31T23:59:59.000Z'}",
    }


@pytest.mark.parametrize("fixture", ["wayback_empty", "wayback_empty_blocked"])
def test_nothing_archived_is_an_answer(fixture: str) -> None:
    (answer,) = replay(Wayback, fixture)
    assert (answer.outcome, answer.facts) == (Outcome.ABSENT, ())


def test_a_busy_archive_is_an_error_not_an_absence() -> None:
    (answer,) = replay(Wayback, "wayback_failing")
    assert (answer.outcome, answer.reason) == (Outcome.ERROR, "web.archive.org answered 503")


def test_a_refusal_of_us_is_not_one_of_the_site() -> None:
    (answer,) = replay(Wayback, "wayback_failing_refused")
    assert answer.outcome is Outcome.ERROR
    assert answer.reason == "web.archive.org answered with HTTP status 403"


def test_many_addresses_are_asked_for_in_pages_that_one_conversation_can_take() -> None:
    (first,) = Wayback({"max_urls": 50_000, "page_size": 1_000}).plan(DomainName(name="a.example"))
    assert "limit=5000&" in cast(HttpRequest, first).url
    (first,) = Wayback({"max_urls": 2_000, "page_size": 1_000}).plan(DomainName(name="a.example"))
    assert "limit=1000&" in cast(HttpRequest, first).url


def test_a_page_that_is_cut_is_no_answer() -> None:
    collector = Wayback({"max_urls": 2_000, "page_size": 1_000})
    request = HttpRequest("https://web.archive.org/")
    response = HttpResponse(request, 200, (), b"a,b)/ 2010", is_truncated=True)
    with pytest.raises(SourceRejected, match="cut at the limit"):
        list(collector.parse(response, DomainName(name="a.example")))


@recorded
def test_a_recorded_refusal_of_a_site_is_an_answer() -> None:
    tape = yaml.safe_load(
        (RECORDED / "test_search_raises_for_blocked_urls.yaml").read_text("utf-8")
    )
    body = gzip.decompress(tape["interactions"][0]["response"]["body"]["string"])
    response = HttpResponse(HttpRequest("https://web.archive.org/"), 403, (), body)
    assert list(Wayback({"max_urls": 1}).parse(response, DomainName(name="nationalpost.com"))) == []


@recorded
def test_recorded_malformed_lines_leave_the_rest() -> None:
    body = (RECORDED / "malformed_cdx.txt").read_bytes()
    assert [url.key for url in read(body, "epa.gov")] == ["https://www.epa.gov/"] * 2


@recorded
@pytest.mark.parametrize(
    ("cassette", "domain", "captures"),
    [
        ("test_search.yaml", "nasa.gov", 3),
        ("test_search_multipage.yaml", "cnn.com", 350),
        ("test_search_with_filter.yaml", "nasa.gov", 10),
        ("test_search_with_date.yaml", "dw.com", 2_245),
    ],
)
def test_recorded_pages_are_read(cassette: str, domain: str, captures: int) -> None:
    tape = yaml.safe_load((RECORDED / cassette).read_text("utf-8"))
    bodies = [turn["response"]["body"]["string"] for turn in tape["interactions"]]
    urls = [url for body in bodies for url in read(gzip.decompress(body), domain)]
    assert len(urls) == captures
