import re
from datetime import timedelta
from pathlib import Path

import pytest

from collectors._kit.manifest import InvalidManifest, read_manifest
from collectors._kit.options import InvalidOption
from graph.facts import MARKINGS
from graph.model.network import DomainName, IPAddress

GOOD = """
title = "Heron search"
owner = "Mirage"
docs = "https://heron.example/api"
terms = "Free for ten requests a minute."

[collector."heron.names"]
title = "Names of a domain"
summary = "Asks Heron for the names it knows below a domain."
consumes = ["DomainName"]
needs = ["Apex"]
produces = ["DomainName"]
parts = ["", "page:*"]
class = "P0"
hosts = ["api.heron.example", "*.cdn.example"]
reliability = 0.7
version = 2
rate = { source_per_s = 0.5 }
secrets = ["heron_key"]

[collector."heron.names".options.limit]
type = "integer"
default = 100
minimum = 1
maximum = 500
unit = "names"
summary = "The most names to take."

[collector."heron.names".options.ports]
type = "integers"
default = [80, 443]
minimum = 1
summary = "Which ports to try."

[collector."heron.names".options.lists]
type = "tables"
default = []
summary = "Which lists to read."

[collector."heron.names".options.lists.fields.slug]
type = "text"
summary = "The list's short name."

[collector."heron.names".options.lists.fields.tlp]
type = "text"
default = "CLEAR"
choices = ["CLEAR", "GREEN"]
summary = "The list's marking."
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "heron"
    folder.mkdir()
    return folder / "manifest.toml"


def refusal(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(InvalidManifest) as caught:
        read_manifest(path)
    return str(caught.value)


def test_a_folder_is_a_source_with_a_table_for_each_collector(path: Path) -> None:
    path.write_text(GOOD)
    source = read_manifest(path)
    assert (source.id, source.title, [c.id for c in source.collectors]) == (
        "heron",
        "Heron search",
        ["heron.names"],
    )
    names = source.collectors[0]
    assert (names.activity, names.reliability, names.version, names.status) == (
        "P0",
        0.7,
        2,
        "experimental",
    )
    assert (names.rate.source_per_s, names.rate.host_per_s) == (0.5, 10.0)
    assert names.module_name == "names"


def test_it_accepts_its_kinds_and_roles_only(path: Path) -> None:
    path.write_text(GOOD)
    names = read_manifest(path).collectors[0]
    assert names.accepts(DomainName(name="heron.example"))
    assert not names.accepts(DomainName(name="www.heron.example"))
    assert not names.accepts(IPAddress(address="192.0.2.1"))


def test_parts_and_hosts_may_be_patterns(path: Path) -> None:
    path.write_text(GOOD)
    names = read_manifest(path).collectors[0]
    assert [names.has_part(p) for p in ("", "page:2", "page", "other")] == [
        True,
        True,
        False,
        False,
    ]
    assert names.may_contact("API.heron.example")
    assert names.may_contact("a.cdn.example")
    assert not names.may_contact("cdn.example")
    assert not names.may_contact("evil-api.heron.example")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ('class = "P0"', ["", "CLEAR", "GREEN"]),
        ('class = "P0"\nceiling = "CLEAR"', ["", "CLEAR"]),
        ('class = "P0"\nceiling = "RED"', list(MARKINGS)),
        ('class = "P1"', list(MARKINGS)),
        ('class = "P2"\nceiling = "AMBER"', ["", "CLEAR", "GREEN", "AMBER"]),
    ],
)
def test_third_parties_hear_of_what_the_community_may_know(
    path: Path, said: str, heard: list[str]
) -> None:
    text = GOOD if "P0" in said else re.sub(r"hosts = .*\n", "", GOOD)
    path.write_text(text.replace('class = "P0"', said))
    names = read_manifest(path).collectors[0]
    assert [tlp for tlp in MARKINGS if names.may_hear_of(tlp)] == heard


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('owner = "Mirage"\n', "", "owner: Field required"),
        ("reliability = 0.7", "reliability = 1.0", 'collector."heron.names".reliability: '),
        ('class = "P0"', 'class = "P0"\nceiling = "WHITE"', 'collector."heron.names".ceiling: '),
        ('class = "P0"', 'class = "P9"', 'collector."heron.names".class: '),
        ('class = "P0"', 'class = "P1"', 'collector."heron.names": hosts is for class = "P0"'),
        ("version = 2", "version = 2\ncolour = 3", 'collector."heron.names".colour: Extra inputs'),
        ("maximum = 500", "maximum = 50", "options.limit: default: 100 is more than 50"),
        ('consumes = ["DomainName"]', "consumes = []", 'collector."heron.names".consumes: '),
        ('produces = ["DomainName"]', 'produces = ["A", "A"]', "produces names something twice"),
        ('[collector."heron.names"]', '[collector."Heron Names"]', 'collector."heron.names'),
        ("[collector.", "[collectors.", "collectors: the tables are called"),
        ('produces = ["DomainName"]', 'produces = ["*"]', "* is for importers"),
        ("version = 2", 'version = 2\nfallback_for = "heron.names"', "names the collector itself"),
        ('type = "tables"', 'type = "texts"', 'fields belongs to type = "tables"'),
        ('[collector."heron.names"]', "[collector]", "each collector has a table of its own"),
        ("title = ", "title ", "is not TOML"),
    ],
)
def test_a_wrong_manifest_is_refused_with_file_and_key(
    path: Path, old: str, new: str, message: str
) -> None:
    said = refusal(path, GOOD.replace(old, new))
    assert said.startswith(f"{path}: ")
    assert message.lower() in said.lower()


def test_a_manifest_that_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(InvalidManifest, match="cannot be read"):
        read_manifest(path)


def test_options_are_checked_and_completed(path: Path) -> None:
    path.write_text(GOOD)
    names = read_manifest(path).collectors[0]
    assert names.read_options({"limit": 7}) == {"limit": 7, "ports": (80, 443), "lists": ()}
    assert names.read_options({"lists": [{"slug": "drop"}]})["lists"] == (
        {"slug": "drop", "tlp": "CLEAR"},
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"limit": 0}, "heron.names: limit: 0 is less than 1"),
        ({"limit": True}, "heron.names: limit: True is not of type integer"),
        ({"limit": "7"}, "heron.names: limit: '7' is not of type integer"),
        ({"color": 1}, "heron.names: there is no option 'color'; there are: limit, ports, lists"),
        ({"lists": [{}]}, r"heron.names: lists\[0\]: option 'slug' must be given"),
        ({"lists": [{"slug": "a", "tlp": "RED"}]}, r"lists\[0\]: tlp: 'RED' is not one of CLEAR"),
        ({"ports": 80}, "ports: 80 is not a list of integers"),
        ({"ports": [80, 0]}, r"ports\[1\]: 0 is less than 1"),
        ({"lists": "drop"}, "lists: 'drop' is not a list of tables with the keys slug, tlp"),
    ],
)
def test_a_wrong_option_is_refused_with_its_place(
    path: Path, given: dict[str, object], message: str
) -> None:
    path.write_text(GOOD)
    with pytest.raises(InvalidOption, match=message):
        read_manifest(path).collectors[0].read_options(given)


def test_options_have_a_json_schema(path: Path) -> None:
    path.write_text(GOOD)
    assert read_manifest(path).collectors[0].options_schema() == {
        "type": "object",
        "additionalProperties": False,
        "required": [],
        "properties": {
            "limit": {
                "type": "integer",
                "description": "The most names to take.",
                "minimum": 1.0,
                "maximum": 500.0,
                "default": 100,
            },
            "ports": {
                "type": "array",
                "description": "Which ports to try.",
                "items": {"type": "integer", "minimum": 1.0},
                "default": [80, 443],
            },
            "lists": {
                "type": "array",
                "description": "Which lists to read.",
                "default": [],
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["slug"],
                    "properties": {
                        "slug": {"type": "string", "description": "The list's short name."},
                        "tlp": {
                            "type": "string",
                            "description": "The list's marking.",
                            "enum": ["CLEAR", "GREEN"],
                            "default": "CLEAR",
                        },
                    },
                },
            },
        },
    }


def saying(said: str, of: str = GOOD) -> str:
    """The manifest with a line more in its collector's table."""
    return of.replace("version = 2\n", f"version = 2\n{said}\n")


@pytest.mark.parametrize(
    ("said", "hours"),
    [("", 20), ("fresh_s = 3600", 1), ("fresh_s = 0", 0), ("fresh_s = {DomainName = 7200}", 2)],
)
def test_how_long_answers_are_fresh(path: Path, said: str, hours: int) -> None:
    path.write_text(saying(said))
    assert read_manifest(path).collectors[0].fresh_for("DomainName") == timedelta(hours=hours)


def test_freshness_by_kind_leaves_the_others_to_their_class(path: Path) -> None:
    both = GOOD.replace('consumes = ["DomainName"]', 'consumes = ["DomainName", "IPAddress"]')
    path.write_text(saying("fresh_s = {IPAddress = 60}", both))
    names = read_manifest(path).collectors[0]
    assert names.fresh_for("IPAddress") == timedelta(minutes=1)
    assert names.fresh_for("DomainName") == timedelta(hours=20)


@pytest.mark.parametrize("said", ["fresh_s = -1", "fresh_s = {URL = 60}", 'fresh_s = "1h"'])
def test_freshness_that_cannot_be_meant_is_refused(path: Path, said: str) -> None:
    assert "fresh_s" in refusal(path, saying(said))
