"""Blocking keys: who may be one shares some; they are few, and hubs are left out."""

from __future__ import annotations

import pytest

from graph.match import prefilter
from graph.match.blocking import HUB, MOST_KEYS, Blocks, blocking_keys
from graph.match.identifiers import Number
from graph.match.prefilter import alike
from graph.match.profile import Place, Profile


def body(id_: str, *names: str, **more: object) -> Profile:
    return Profile("LegalEntity", id_, names, **more)  # type: ignore[arg-type]


def person(id_: str, *names: str, **more: object) -> Profile:
    return Profile("Person", id_, names, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (body("1", "Müller Instruments GmbH"), body("2", "MUELLER INSTRUMENTS")),
        (body("1", "Data Dog Inc"), body("2", "Datadog")),
        (body("1", "International Business Machines"), body("2", "IBM")),
        (
            body("1", "Acme", sites=("acme.com",)),
            body("2", "Nova", sites=("www.acme.com",), emails=("x@acme.com",)),
        ),
        (body("1", numbers=(Number("lei", "A"),)), body("2", "X", numbers=(Number("lei", "A"),))),
        (body("1", "X", phones=("+49301",)), body("2", "Y", phones=("+49301",))),
        (
            body("1", "X", places=(Place("Hauptstr. 5", "10115"),)),
            body("2", "Y", places=(Place("5 Hauptstraße"),)),
        ),
        (person("1", "Mohammed Ali"), person("2", "ALI, Muhammad")),
        (person("1", "Jane Doe", dates=("1980-05-17",)), person("2", "Jane Roe", dates=("1980",))),
        (person("1", "J. Doe", dates=("1980-05-17",)), person("2", "Roe", dates=("1980-05-17",))),
        (person("1", "Jane Doe"), Profile("EmailAddress", "2", emails=("j.doe+x@x.example",))),
        (person("1", emails=("jane99@a.example",)), person("2", emails=("jane@b.example",))),
        (
            Profile("UserAccount", "1", ("Jane Doe",), handles=("jane_doe99",)),
            Profile("UserAccount", "2", handles=("JaneDoe",)),
        ),
        (
            Profile("Location", "1", places=(Place("5 Main St", "SW1A 1AA"),)),
            Profile("Location", "2", places=(Place("5, Main Street", "sw1a1aa"),)),
        ),
        (
            Profile("SoftwareProduct", "1", ("a:apache:http_server",)),
            Profile("SoftwareProduct", "2", ("HTTP Server",)),
        ),
        (Profile("Malware", "1", ("APT 28 Group",)), Profile("Malware", "2", ("apt28",))),
        (
            Profile("File", "1", numbers=(Number("md5", "ab"),)),
            Profile("File", "2", numbers=(Number("md5", "ab"),)),
        ),
    ],
)
def test_who_may_be_one_shares_a_key(left: Profile, right: Profile) -> None:
    assert set(blocking_keys(left)) & set(blocking_keys(right))


def test_keys_are_few_short_and_each_once() -> None:
    many = person(
        "1",
        *(f"Jane Anna Maria Doe{x}" for x in "abcdef"),
        dates=("1980-05-17", "1981-06-18"),
        emails=tuple(f"jane{n}@x{n}.example" for n in range(9)),
        handles=("x" * 99,),
    )
    keys = blocking_keys(many)

    assert len(keys) == MOST_KEYS == len(set(keys))
    assert max(map(len, keys)) <= 64
    assert blocking_keys(Profile("Malware", "1", ("!!",))) == ()
    assert "m:info@acme.com" not in blocking_keys(body("1", emails=("info@acme.com",)))


def test_candidates_come_by_the_small_blocks_first() -> None:
    blocks = Blocks()
    for each in (
        body("1", "Acme Instruments", sites=("acme.com",)),
        body("2", "Acme Logistics"),
        body("3", "Nova"),
    ):
        blocks.add(each)

    assert blocks.candidates(body("9", "Acme Instruments", sites=("acme.com",))) == ["1", "2"]
    assert blocks.candidates(body("1", "Acme Instruments")) == ["2"]
    assert blocks.candidates(body("9", "Acme"), most=1) == ["1"]


def test_a_hub_brings_nobody_together() -> None:
    blocks = Blocks()
    for at in range(HUB + 1):
        blocks.add(body(str(at), "Acme", numbers=(Number("x", str(at)),)))

    assert blocks.candidates(body("new", "Acme")) == []
    assert blocks.candidates(body("new", "Acme", numbers=(Number("x", "7"),))) == ["7"]


@pytest.mark.parametrize("cells", [1, 8_000_000])
def test_alike_names_are_found_by_arrays(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    monkeypatch.setattr(prefilter, "_CELLS", cells)
    found = alike(["acme ltd", "nova", ""], ["acme ldt", "acme ltd", "nvoa"], 0.75)

    pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert pairs == [(0, 0), (0, 1), (1, 2)]
    assert found.likeness[1] == 1
    assert len(alike([], ["x"])) == len(alike(["x"], [])) == 0
