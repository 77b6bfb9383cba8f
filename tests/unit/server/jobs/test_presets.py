"""What presets allow, alone and together."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from collectors._kit.registry import discover
from server.jobs.presets import PRESETS, highest_of, why_none_allows
from server.jobs.spec import ScanSpec

MANIFESTS = {
    name: listed.manifest
    for name, listed in discover(with_entry_points=False).collectors.items()
    if listed.manifest.kind == "collector"
}


def allowed(*names: str) -> set[str]:
    return {name for name, each in MANIFESTS.items() if not why_none_allows(names, each)}


@pytest.mark.parametrize("name", PRESETS)
def test_each_allows_something_and_all_that_it_names_is_there(name: str) -> None:
    preset = PRESETS[name]
    for pattern in preset.collectors:
        meant = [
            each for each in MANIFESTS.values() if type(preset)("", "P3", (pattern,)).allows(each)
        ]
        assert meant, pattern
        assert any(each.activity <= preset.highest for each in meant), pattern
    assert max(MANIFESTS[each].activity for each in allowed(name)) == preset.highest


def test_several_add_up() -> None:
    assert allowed("passive", "mail-posture") == allowed("passive") | allowed("mail-posture")
    assert "dns.mailauth" in allowed("passive", "mail-posture")
    assert "dns.axfr" not in allowed("passive", "mail-posture")
    assert highest_of(["passive", "web"]) == "P2"


def test_a_reason_says_what_would_be_too_much_or_beside_the_topic() -> None:
    assert why_none_allows(["passive", "web"], MANIFESTS["tcp.connect"]) == (
        "it is of class P3, and preset passive allows up to P0"
    )
    assert why_none_allows(["mail-posture"], MANIFESTS["http.probe"]) == (
        "it is none of those of preset mail-posture"
    )


def test_a_scan_has_one_at_least_and_knows_them_all() -> None:
    with pytest.raises(ValidationError, match="there is no preset pasive; is passive meant"):
        ScanSpec.model_validate({"seeds": ["a.example"], "presets": ["pasive"]})
    with pytest.raises(ValidationError, match="presets"):
        ScanSpec.model_validate({"seeds": ["a.example"], "presets": []})


def test_a_scan_that_was_kept_with_one_preset_still_has_it() -> None:
    spec = ScanSpec.model_validate_json('{"seeds": ["a.example"], "preset": "passive"}')
    assert spec.presets == ("passive",)
    assert "preset" not in spec.model_dump()
