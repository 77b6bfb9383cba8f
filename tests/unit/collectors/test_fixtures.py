import json
from pathlib import Path

import pytest

from collectors._kit.base import DnsRequest, HttpRequest, HttpResponse
from collectors._kit.pages import Exchange, PageCache
from collectors._kit.testing import described, manifest_of, read_fixture, replay_fixture
from collectors.dns.resolve import Resolve
from collectors.dns.reverse import Reverse
from graph.errors import InvalidFact
from graph.model.network import DomainName

WHOLE = {
    "collector": "dns.resolve",
    "about": {"kind": "DomainName", "value": "a.example"},
    "exchanges": [
        {"dns": {"name": "a.example", "rrtype": "A"}, "response": {"rcode": "NXDOMAIN"}},
        {"dns": {"name": "a.example", "rrtype": "AAAA"}, "not_permitted": "out of scope"},
    ],
}


def written(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "case.json"
    path.write_text(json.dumps({**WHOLE, **changes}))
    return path


def test_a_fixture_replays_its_answers_and_failures(tmp_path: Path) -> None:
    fixture = read_fixture(written(tmp_path))
    answers = replay_fixture(Resolve, manifest_of(Resolve), fixture)
    assert [(a.part, a.outcome, a.reason) for a in answers] == [
        ("A", "ABSENT", ""),
        ("AAAA", "SKIPPED", "out of scope"),
    ]
    assert described(answers) == set()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": 1}, "'colour' is not a key of a fixture"),
        ({"about": {"kind": "Domain", "value": "a.example"}}, "is not a kind of entity"),
        ({"about": {"kind": "DomainName"}}, "KeyError"),
        ({"exchanges": [{"dns": {}, "http": {}, "response": {}}]}, r"exchanges\[0\]: one protocol"),
        ({"exchanges": [{"dns": {"name": "a", "rrtype": "A"}}]}, r"exchanges\[0\]: one protocol"),
        ({"exchanges": [{"dns": {"nam": "a"}, "response": {}}]}, "DnsRequest has no 'nam'"),
    ],
)
def test_a_wrong_fixture_is_refused_with_its_place(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidFact, match=message):
        read_fixture(written(tmp_path, **changes))


def test_what_was_not_recorded_cannot_be_asked(tmp_path: Path) -> None:
    fixture = read_fixture(written(tmp_path, exchanges=[]))
    with pytest.raises(InvalidFact, match="has no exchange for DnsRequest"):
        replay_fixture(Resolve, manifest_of(Resolve), fixture)


def test_a_fixture_is_of_one_collector(tmp_path: Path) -> None:
    with pytest.raises(InvalidFact, match=r"is of dns\.resolve, not dns\.reverse"):
        replay_fixture(Reverse, manifest_of(Reverse), read_fixture(written(tmp_path)))


def test_facts_are_described_with_what_is_stated_about_their_ends() -> None:
    assert described([DomainName(name="a.example", dns_status="resolves")]) == {
        "DomainName a.example {dns_status: 'resolves'}"
    }


async def test_the_memory_of_a_run_is_bounded() -> None:
    pages = PageCache(max_bytes=25_000)
    asked: list[int] = []

    async def get(number: int) -> None:
        request = HttpRequest(f"https://a.example/{number}")

        async def ask() -> Exchange:
            asked.append(number)
            return Exchange(HttpResponse(request, 200, (), b"x" * 8_000), None)

        await pages.get("run", str(number), ask)

    for number in (1, 2, 1, 3, 1, 2):
        await get(number)
    # The third one had the second forgotten, which was used least.
    assert asked == [1, 2, 3, 2]


async def test_a_failure_is_not_remembered() -> None:
    pages = PageCache()
    request = DnsRequest("a.example", "A")
    asked = 0

    async def ask() -> Exchange:
        nonlocal asked
        asked += 1
        raise InvalidFact(str(request))

    for _ in range(2):
        with pytest.raises(InvalidFact):
            await pages.get("run", "question", ask)
    assert asked == 2
