"""Values and kinds of threat intelligence."""

from __future__ import annotations

import pytest

from graph.errors import Refused
from graph.model.intelligence import AttackPattern, Breach, Indicator, Malware, Report, ThreatActor
from graph.model.values.intelligence import (
    INDICATOR_ID,
    MONTH,
    NAME_FORM,
    REPORT,
    STIX_ID,
    TECHNIQUE,
    pattern_form,
)

UUID = "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"


def test_stix_ids() -> None:
    assert STIX_ID(f" Indicator--{UUID.upper()} ") == f"indicator--{UUID}"
    assert STIX_ID(f"x-mitre-tactic--{UUID}") == f"x-mitre-tactic--{UUID}"
    for raw in (UUID, f"indicator-{UUID}", "indicator--1", None):
        with pytest.raises(Refused):
            STIX_ID(raw)
    with pytest.raises(Refused, match="its type is not indicator"):
        INDICATOR_ID(f"malware--{UUID}")


@pytest.mark.parametrize("raw", ["Fancy Bear", "FANCY-BEAR", "fancy_bear", "Fáncy  Bear!"])
def test_spellings_of_a_name_have_one_form(raw: str) -> None:
    assert NAME_FORM(raw) == "fancybear"
    assert ThreatActor(name=raw).key == "fancybear"


def test_a_name_keeps_its_spelling_beside_its_form() -> None:
    found = Malware(name="PlugX", other_names=("Korplug",))

    assert (found.key, found.name, found.caption(), found.aliases) == (
        "plugx",
        "PlugX",
        "PlugX",
        (),
    )
    assert Malware.from_key("plugx").caption() == "plugx"
    with pytest.raises(Refused):
        Malware(name="???")


def test_techniques() -> None:
    assert TECHNIQUE("t1190") == "T1190"
    assert TECHNIQUE("T1059.001") == "T1059.001"
    assert TECHNIQUE("capec-66") == "CAPEC-66"
    assert TECHNIQUE("Spear Phishing") == "name:spearphishing"
    assert AttackPattern(name="Spear Phishing").key == "name:spearphishing"
    assert AttackPattern(technique="T1190", name="Exploit").caption() == "Exploit"


def test_reports() -> None:
    assert REPORT(f"report--{UUID}") == f"report--{UUID}"
    assert REPORT("HTTPS://Example.com/r#1") == "https://example.com/r"
    assert Report(reference="https://u:p@example.com/r").aliases == ()
    for raw in (f"malware--{UUID}", "report"):
        with pytest.raises(Refused):
            REPORT(raw)


def test_months() -> None:
    assert MONTH("2024-05-17") == "2024-05"
    assert Breach(slug="Example Shop", month="2024-05").key == "example-shop¦2024-05"
    for raw in ("2024-13", "2024", "05-2024", "2024-051"):
        with pytest.raises(Refused):
            MONTH(raw)


def test_patterns_without_id_are_told_apart_by_their_meaning() -> None:
    tight = Indicator(pattern="[url:value='http://x.example/a  b']")
    loose = Indicator(pattern=" [ url:value = 'http://x.example/a  b' ] ")
    other = Indicator(pattern="[url:value='http://x.example/a b']")

    assert tight.key == loose.key
    assert tight.key != other.key  # white space within quotes is meant
    assert pattern_form("[a:b = 'it\\'s'  AND c:d IN ( 'x' , 'y' )]") == (
        "[a:b='it\\'s' AND c:d IN('x','y')]"
    )


def test_an_indicator_has_an_id_or_a_pattern() -> None:
    assert Indicator(stix_id=f"indicator--{UUID}", pattern="[a:b='c']").key == f"indicator--{UUID}"
    assert Indicator(pattern="\ud800 [a:b='c']").pattern == "[a:b='c']"
    with pytest.raises(Refused, match="a STIX id or a pattern is needed"):
        Indicator(name="x")
