import os
from pathlib import Path

import pytest

from collectors._kit.testing import described, replay
from collectors.feeds.feeds import Feeds
from collectors.feeds.reading import FeedIndex, Form, read_feed
from graph.errors import SourceRejected
from graph.facts import Outcome
from graph.model.network import DomainName, IPAddress, Netblock

DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "threatintel" / "misp-warninglists"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"{RECORDED} is absent")


def listings(fixture: str) -> set[str]:
    found = described(replay(Feeds, fixture))
    return {line for line in found if "LISTED_IN" in line}


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        (
            "feeds_ok_address",
            {
                "IPAddress 192.0.2.66 -LISTED_IN-> Feed bad-addresses {reason: 'scanning'}",
                "IPAddress 192.0.2.66 -LISTED_IN-> Feed bad-blocks "
                "{reason: 'as part of 192.0.2.64/28'}",
                "IPAddress 192.0.2.66 -LISTED_IN-> Feed clouds {reason: 'as part of 192.0.2.0/24'}",
                "IPAddress 192.0.2.66 -LISTED_IN-> Feed own",
            },
        ),
        (
            "feeds_ok_name",
            {
                "DomainName login.evil.example -LISTED_IN-> Feed phishing "
                "{reason: 'as part of evil.example'}"
            },
        ),
        (
            "feeds_ok_url",
            {"URL https://bad.example/x -LISTED_IN-> Feed bad-addresses {reason: 'scanning'}"},
        ),
        (
            "feeds_ok_block",
            {
                "Netblock 192.0.2.64/30 -LISTED_IN-> Feed bad-blocks "
                "{reason: 'as part of 192.0.2.64/28'}",
                "Netblock 192.0.2.64/30 -LISTED_IN-> Feed clouds "
                "{reason: 'as part of 192.0.2.0/24'}",
            },
        ),
        ("feeds_empty", set()),
    ],
)
def test_a_value_is_on_the_lists_that_cover_it(fixture: str, expected: set[str]) -> None:
    assert listings(fixture) == expected


def test_a_listing_is_marked_as_its_publisher_wants() -> None:
    marked = {a.part: a.tlp for a in replay(Feeds, "feeds_ok_address") if a.tlp}
    assert marked == {"feed:bad-addresses": "CLEAR"}
    assert [a.tlp for a in replay(Feeds, "feeds_skipped")] == [""]


def test_a_feed_says_what_being_on_it_means() -> None:
    feeds = {line for line in described(replay(Feeds, "feeds_ok_address")) if line.startswith("F")}
    assert feeds == {
        "Feed bad-addresses {categories: ['scanning'], name: 'Bad addresses', "
        "polarity: 'blocks', published_tlp: 'CLEAR', reliability: 0.9}",
        "Feed bad-blocks {polarity: 'blocks', reliability: 0.7, upstream: 'bad-addresses'}",
        "Feed clouds {polarity: 'known_common', reliability: 0.7}",
        "Feed own {polarity: 'allows', reliability: 0.7}",
    }


def test_each_feed_is_a_part_and_absence_is_an_answer() -> None:
    answers = replay(Feeds, "feeds_empty")
    assert {answer.part: answer.outcome for answer in answers} == {
        f"feed:{slug}": Outcome.ABSENT
        for slug in ("ads", "bad-addresses", "bad-blocks", "clouds", "own", "phishing")
    }


def test_what_is_no_list_is_an_error_of_its_part() -> None:
    answers = {answer.part: answer for answer in replay(Feeds, "feeds_failing")}
    assert {answer.outcome for answer in answers.values()} == {Outcome.ERROR}
    assert "is the feed's format 'plain'?" in answers["feed:bad-addresses"].reason
    assert answers["feed:gone"].reason == "the feed has no column 'host'"
    assert "lists of type 'regex' are not used" in answers["feed:sub"].reason
    assert answers["feed:own"].reason == "/lists/own.txt: no such file"


def test_without_feeds_there_is_nothing_to_ask() -> None:
    assert [answer.outcome for answer in replay(Feeds, "feeds_skipped")] == [Outcome.SKIPPED]


def index(text: str, form: Form = Form()) -> FeedIndex:  # noqa: B008 - a frozen value
    return read_feed(text.encode(), form)


@pytest.mark.parametrize(
    ("text", "form", "names"),
    [
        ("a.example\nB.EXAMPLE. # x\n!c\n", Form(), {"a.example", "b.example"}),
        ("0.0.0.0 a.example\n::1 b.example\n", Form("hosts"), {"a.example", "b.example"}),
        ("h,x\na.example,1\n", Form("csv", "h"), {"a.example"}),
        ("x,h\n1,a.example\n2,b.example\n", Form("csv", "2"), {"a.example", "b.example"}),
        ('# x,"h"\n1,"a.example"\n', Form("csv", "h"), {"a.example"}),
        ('{"type": "hostname", "list": [".a.example"]}', Form("misp-warninglist"), {"a.example"}),
    ],
)
def test_the_formats_of_feeds(text: str, form: Form, names: set[str]) -> None:
    assert index(text, form).names == names


def test_subdomains_are_covered_only_where_the_list_says_so() -> None:
    below = DomainName(name="x.y.evil.example")
    assert index("evil.example").match(below) == ""
    covering = index("evil.example", Form(covers_subdomains=True))
    assert covering.match(below) == "evil.example"
    assert covering.match(DomainName(name="notevil.example")) == ""
    assert covering.match(DomainName(name="example")) == ""


@pytest.mark.parametrize(
    ("listed", "asked", "match"),
    [
        ("192.0.2.0/24", IPAddress(address="192.0.2.255"), "192.0.2.0/24"),
        ("192.0.2.0/24", IPAddress(address="192.0.3.0"), ""),
        ("192.0.2.0/24", Netblock(cidr="192.0.2.0/23"), ""),
        ("192.0.2.1", Netblock(cidr="192.0.2.1/32"), "192.0.2.1"),
        ("2001:db8::/32", IPAddress(address="2001:db8::1"), "2001:db8::/32"),
        ("::/0", IPAddress(address="192.0.2.1"), ""),
        ("0.0.0.0/0", IPAddress(address="192.0.2.1"), "0.0.0.0/0"),
    ],
)
def test_blocks_cover_what_lies_within(
    listed: str, asked: IPAddress | Netblock, match: str
) -> None:
    assert index(listed).match(asked) == match


def test_a_feed_is_read_once() -> None:
    body = b"once.example\n"
    assert read_feed(body, Form()) is read_feed(body, Form())


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        ("[]", Form("misp-warninglist"), "has no list"),
        ("{", Form("misp-warninglist"), "not JSON"),
        ("a,b\n1,2\n", Form("csv", "c"), "no column 'c'"),
        ("<html>\n<p>no list\n", Form(), "no address, block, name or URL"),
        ("8.8.8.8 dns.example\n", Form("hosts"), "no address, block, name or URL"),
    ],
)
def test_a_body_of_another_form_is_refused(text: str, form: Form, reason: str) -> None:
    with pytest.raises(SourceRejected, match=reason):
        index(text, form)


@recorded
@pytest.mark.parametrize(
    ("name", "values", "unreadable", "covers_subdomains"),
    [
        ("cisco_top1000", 1000, 0, False),
        ("common-ioc-false-positive", 16, 53, False),
        ("lots-project", 175, 0, True),
        ("parking-domain-ns", 129, 0, True),
        ("public-ipfs-gateways", 89, 0, False),
        ("rfc1918", 3, 0, False),
        ("sinkholes", 107, 0, False),
        ("tlds", 1438, 0, False),
        ("url-shortener", 255, 0, True),
    ],
)
def test_recorded_warning_lists(
    name: str, values: int, unreadable: int, covers_subdomains: bool
) -> None:
    found = read_feed((RECORDED / f"{name}.json").read_bytes(), Form("misp-warninglist"))
    assert (found.values, found.unreadable, found.covers_subdomains) == (
        values,
        unreadable,
        covers_subdomains,
    )


@recorded
def test_a_recorded_list_of_substrings_is_refused() -> None:
    body = (RECORDED / "microsoft-attack-simulator.json").read_bytes()
    with pytest.raises(SourceRejected, match="type 'substring'"):
        read_feed(body, Form("misp-warninglist"))
