import io
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from collectors._kit.importing import ImportedRow, Rejection, Report, Row, examine, rows_of
from collectors._kit.testing import described
from collectors._kit.unpacking import FileRefused
from collectors.stix21.importer import Stix21
from collectors.stix21.pattern import Comparison, comparisons
from graph.errors import Refused

FIXTURES = Path(__file__).parent / "fixtures"
DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "threatintel"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"{RECORDED} is absent")

INDICATOR = "Indicator indicator--8e94165d-6e4a-5a1a-bf11-afbe26bf233e"
YARA = "Indicator indicator--c6b677d7-05cb-56fd-bb76-fe9d269af9ac"
ABSENT = "Indicator indicator--926f5171-b91c-599c-87c1-831c73dd6c52"
REPORT = "Report report--6fc41c07-7311-5cb3-a034-4ceb0af7fc71"
READER = "Person stix¦identity--12e58a30-ab8e-50f3-97d6-1126cfa59020"


def rows(name: str) -> list[Row]:
    with (FIXTURES / name).open("rb") as stream:
        return list(rows_of(Stix21(), stream))


def lines(found: list[Row]) -> set[str]:
    return described(f for row in found if isinstance(row, ImportedRow) for f in row.facts)


def test_the_connections_of_a_bundle() -> None:
    found = {line.split(" {")[0] for line in lines(rows("ok.json")) if "-> " in line}
    assert found == {
        f"{INDICATOR} -BASED_ON-> DomainName dark.wick.example",
        f"{INDICATOR} -BASED_ON-> IPAddress 198.51.100.7",
        f"{INDICATOR} -BASED_ON-> Netblock 198.51.100.0/24",
        f"{INDICATOR} -INDICATES-> Malware wickworm",
        f"{ABSENT} -INDICATES-> Malware wickworm",
        f"{YARA} -BASED_ON-> DomainName dark.wick.example",
        f"DomainName dark.wick.example -OBJECT_OF-> {REPORT}",
        f"Malware wickworm -OBJECT_OF-> {REPORT}",
        f"ThreatActor embermoth -OBJECT_OF-> {REPORT}",
        f"{READER} -AUTHORED-> {REPORT}",
        "DomainName dark.wick.example -RESOLVES_TO[A]-> IPAddress 198.51.100.7",
        "ThreatActor embermoth -USES-> Malware wickworm",
        "ThreatActor embermoth -TARGETS-> LegalEntity name::lantern works/ltd",
        "Malware wickworm -SIGHTED_AT-> LegalEntity name::lantern works/ltd",
    }


def test_what_the_objects_of_a_bundle_say() -> None:
    found = lines(rows("ok.json"))
    expected = {
        "Malware wickworm {is_family: True, malware_types: ['trojan'], name: 'Wickworm', "
        "stix_ids: ['malware--58b1b606-22ce-581d-9456-dca2a16fb2b0'], summary: 'new words'}",
        "ThreatActor embermoth {actor_types: ['crime-syndicate'], "
        "motivations: ['personal-gain'], name: 'Ember Moth', other_names: ['EmberMoth', "
        "'Night Wing'], stix_ids: ['threat-actor--0ea1aa5a-bdea-5d6c-be64-48f17423ff8d']}",
        "ThreatActor embermoth -USES-> Malware wickworm "
        "{summary: 'for entry', valid_from: '2026-01-05T00:00:00.000Z'}",
        f"File {'ab' * 32} {{md5: '{'0' * 32}', names: ['wick.exe'], sha256: '{'ab' * 32}', "
        "size_bytes: 7}",
        "Vulnerability CVE-2025-10001",
        f"{READER} {{name: 'Moth Reader'}}",
    }
    assert expected <= found
    (indicator,) = [line for line in found if line.startswith(f"{INDICATOR} {{")]
    assert "stated_confidence: 85" in indicator
    assert "valid_to: '2026-07-01T00:00:00.000Z'" in indicator


def test_markings_go_with_their_objects() -> None:
    marked = {
        row.position.split(" (")[0]: row.tlp
        for row in rows("ok.json")
        if isinstance(row, ImportedRow) and row.tlp
    }
    assert marked == {
        "object 4": "AMBER_STRICT",
        "object 10": "GREEN",
        # What connects them with others.
        "object 12": "AMBER_STRICT",
        "object 20": "AMBER_STRICT",
        "object 21": "GREEN",
        "object 26": "AMBER_STRICT",
    }


SECRET = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def bundle_of(*objects: Mapping[str, object]) -> io.BytesIO:
    return io.BytesIO(orjson.dumps({"type": "bundle", "objects": objects}))


def test_a_relationship_is_as_secret_as_its_ends() -> None:
    malware: dict[str, object] = {
        "type": "malware", "id": f"malware--{uuid.UUID(int=1)}", "name": "Wickworm",
    }  # fmt: skip
    actor = {
        "type": "threat-actor", "id": f"threat-actor--{uuid.UUID(int=2)}", "name": "Moth",
        "object_marking_refs": [SECRET],
    }  # fmt: skip
    uses = {
        "type": "relationship", "id": f"relationship--{uuid.UUID(int=3)}", "relationship_type": "uses",
        "source_ref": actor["id"], "target_ref": malware["id"],
    }  # fmt: skip
    report = {
        "type": "report", "id": f"report--{uuid.UUID(int=4)}", "name": "Weekly",
        "published": "2026-01-01T00:00:00Z", "object_refs": [actor["id"], malware["id"]],
    }  # fmt: skip
    found = list(Stix21().read(bundle_of(malware, actor, uses, report)))
    assert [
        (row.position.split(" (")[0], row.tlp, len(row.facts))
        for row in found
        if isinstance(row, ImportedRow)
    ] == [
        ("object 1", "", 1),
        ("object 2", "RED", 1),
        ("object 3", "RED", 1),
        ("object 4", "", 2),
        ("object 4", "RED", 1),
    ]


@pytest.mark.parametrize(
    ("said", "marking"),
    [
        ({"definition_type": "tlp", "definition": {"tlp": "white"}}, "CLEAR"),
        ({"name": "TLP:AMBER+STRICT"}, "AMBER_STRICT"),
        (
            {
                "extensions": {
                    "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
                        "extension_type": "property-extension",
                        "tlp_2_0": "green",
                    }
                }
            },
            "GREEN",
        ),
        ({"definition_type": "statement", "definition": {"statement": "Ours"}}, ""),
        ({"definition": {"tlp": ["red"]}, "extensions": []}, ""),
    ],
)
def test_markings_of_both_versions_of_tlp_are_read(said: dict[str, object], marking: str) -> None:
    definition = {
        "type": "marking-definition",
        "id": f"marking-definition--{uuid.UUID(int=9)}",
        **said,
    }
    malware = {
        "type": "malware", "id": f"malware--{uuid.UUID(int=1)}", "name": "Wickworm",
        "object_marking_refs": [definition["id"]],
    }  # fmt: skip
    (row,) = Stix21().read(bundle_of(definition, malware))
    assert isinstance(row, ImportedRow)
    assert row.tlp == marking


def test_what_is_refused_and_what_has_no_kind_is_told_with_its_place() -> None:
    told = [
        (row.position.split(" (")[0], row.is_unmapped, row.reason)
        for row in rows("ok.json")
        if isinstance(row, Rejection)
    ]
    assert [(place, unmapped) for place, unmapped, _ in told] == [
        ("object 5", False),  # an older version
        ("object 7", False),  # revoked
        ("object 18", False),  # a file without a digest
        ("object 19", True),  # a mutex
        ("object 23", True),  # a verb that is not between such objects
        ("object 24", False),  # an end that is not there
        ("object 27", True),  # an end without a kind
        ("object 29", False),  # a broken pattern
        ("object 30", False),  # no domain name
        ("object 31", False),  # no object
        ("object 32", False),  # no id
    ]
    reasons = {place: reason for place, _, reason in told}
    assert reasons["object 19"] == "type mutex has no kind in the ontology"
    assert reasons["object 24"] == "its target_ref is not in the bundle"


def test_an_empty_bundle_has_no_rows() -> None:
    assert rows("empty.json") == []


def test_a_bundle_that_is_cut_off_is_refused_with_its_place() -> None:
    with pytest.raises(FileRefused, match="line 4, column 1: not JSON"):
        rows("failing.json")


@pytest.mark.parametrize(
    "text", ["{}", '"text"', "7", "null", '{"objects": {}}', '{"type": "bundle", "objects": 1}']
)
def test_json_that_is_no_bundle_is_refused(text: str) -> None:
    with pytest.raises(FileRefused, match="no list of objects"):
        examine(Stix21(), io.BytesIO(text.encode()))


def test_nesting_is_limited_for_the_file_and_for_each_object() -> None:
    deep = "[" * 200_000
    with pytest.raises(FileRefused, match="not JSON: depth limit"):
        examine(Stix21(), io.BytesIO(deep.encode()))
    nested: dict[str, object] = {}
    for _ in range(100):
        nested = {"x": nested}
    one = {"type": "malware", "id": f"malware--{'0' * 8}-0000-4000-8000-{'0' * 12}", "x": nested}
    (row,) = rows_of(Stix21(), io.BytesIO(json.dumps([one]).encode()))
    assert isinstance(row, Rejection)
    assert row.reason == "it nests deeper than 60"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("[domain-name:value='a.example']", [("domain-name", "value", "=", ("a.example",))]),
        (
            "([file:hashes.'SHA-256' = 'aa' AND file:size > 10] FOLLOWEDBY [url:value LIKE 'x%'])"
            " WITHIN 60 SECONDS",
            [
                ("file", "hashes.'SHA-256'", "=", ("aa",)),
                ("file", "size", ">", ("10",)),
                ("url", "value", "LIKE", ("x%",)),
            ],
        ),
        (
            r"[ipv4-addr:value IN ('1.1.1.1', '2.2.2.2') OR file:name = 'it\'s']",
            [
                ("ipv4-addr", "value", "IN", ("1.1.1.1", "2.2.2.2")),
                ("file", "name", "=", ("it's",)),
            ],
        ),
    ],
)
def test_the_comparisons_of_a_pattern(
    pattern: str, found: list[tuple[str, str, str, tuple[str, ...]]]
) -> None:
    assert comparisons(pattern) == tuple(Comparison(*one, is_negated=False) for one in found)


def test_a_negated_comparison_names_no_value() -> None:
    (one,) = comparisons("[domain-name:value NOT = 'a.example']")
    (other,) = comparisons("[domain-name:value != 'a.example']")
    assert not one.names_values
    assert one == other


@pytest.mark.parametrize(
    "pattern", ["", "[", "[]", "[a:b]", "[a:b = ]", "a:b = 'c'", "[a:b = 'c", "[a:b = 'c'] ]"]
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(Refused, match="is not a STIX pattern"):
        comparisons(pattern)


def test_a_long_pattern_of_opening_quotes_takes_no_time() -> None:
    with pytest.raises(Refused):
        comparisons("[a:b = '" + "\\" * 99_001)


def recorded_report(name: str) -> Report:
    with (RECORDED / name).open("rb") as stream:
        return examine(Stix21(), stream)


@recorded
@pytest.mark.parametrize(
    ("name", "kept", "rejected", "unmapped"),
    [
        ("stix/apt1.json", 76, 0, 0),
        ("stix/candiru.stix2", 251, 0, 0),
        ("stix/defining-campaigns-threat-actors-intrusion-sets.json", 26, 0, 0),
        ("stix/ics-attack-17.1.json", 420, 2, 1228),
        ("stix/identifying-a-threat-actor-profile.json", 3, 0, 0),
        ("stix/indicator-for-malicious-url.json", 3, 0, 0),
        ("stix/kingspawn.stix2", 335, 0, 0),
        ("stix/sco-examples-bundle.json", 51, 8, 23),
        ("stix/sighting-of-observed-data.json", 5, 0, 1),
        ("stix/threat-actor-leveraging-attack-patterns-and-malware.json", 7, 0, 0),
        ("stix/using-granular-markings.json", 4, 0, 0),
        ("stix/using-marking-definitions.json", 2, 0, 0),
        ("misp/test_events_collection_stix21.json", 8, 1, 7),
    ],
)
def test_recorded_bundles(name: str, kept: int, rejected: int, unmapped: int) -> None:
    report = recorded_report(name)
    assert (report.rows, report.rejected, report.unmapped) == (kept, rejected, unmapped)


@recorded
def test_recorded_patterns_lead_to_their_values() -> None:
    report = recorded_report("stix/kingspawn.stix2")
    assert (report.facts["Indicator"], report.facts["BASED_ON"]) == (167, 164)


@recorded
def test_recorded_markings() -> None:
    assert recorded_report("stix/using-granular-markings.json").markings == {"RED": 3}
    assert recorded_report("stix/using-marking-definitions.json").markings == {"AMBER": 1}


@recorded
def test_a_recorded_taxii_server_is_no_bundle() -> None:
    with pytest.raises(FileRefused, match="no list of objects"):
        recorded_report("taxii/medallion_default_data.json")
