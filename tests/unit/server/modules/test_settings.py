"""What an organization may set of a collector, and what is said of what it may not."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors._kit.options import InvalidOption
from collectors._kit.registry import discover
from graph.queries.module import PastSetting, SettingRow
from server.jobs.handing import Means, enabled
from server.jobs.spec import ScanSpec
from server.modules.settings import UNSET, Setting, check_options, disabled, read

REGISTRY = discover(with_entry_points=False)
MANIFESTS = {name: listed.manifest for name, listed in REGISTRY.collectors.items()}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("collector", "given"),
    [("tcp.connect", {}), ("tcp.connect", {"ports": [22, 443]}), ("rdap.domain", {})],
)
def test_what_the_manifest_allows_is_taken_as_it_is(collector: str, given: Any) -> None:
    assert check_options(MANIFESTS[collector], given) == given


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ([], "options", "options: an object of options by their names is right"),
        ({"prots": [1]}, "options", "there is no option 'prots'; is ports meant?"),
        ({"zzz": 1}, "options", "there is no option 'zzz'; tcp.connect has "),
        (
            {"ports": 22},
            "options.ports",
            "options.ports: 22 is not a list of integers; right is a list of integers from 1 to 65535",
        ),
        ({"ports": [22, "x"]}, "options.ports", "options.ports[1]: 'x' is not of type integer"),
        ({"ports": [0]}, "options.ports", "options.ports[0]: 0 is less than 1"),
        ({"ports": None}, "options.ports", "options.ports: None is not a list of integers"),
    ],
)
def test_what_it_does_not_allow_is_told_with_its_place_and_what_is_right(
    given: Any, field: str, told: str
) -> None:
    with pytest.raises(InvalidOption) as refused:
        check_options(MANIFESTS["tcp.connect"], given)
    assert told in str(refused.value)
    assert refused.value.field == field


def test_rows_are_versions_latest_first() -> None:
    past = [
        PastSetting(pinned=2, is_enabled=False, options='{"ports":[1]}', set_by="b", set_at=NOW),
        PastSetting(pinned=0, is_enabled=True, options="{}", set_by="a", set_at=NOW),
    ]
    row = SettingRow(**past[0].model_dump(), module="tcp.connect", version=7, past=past)
    (made,) = read([row]).values()
    assert (made.is_enabled, made.options, made.pinned) == (False, {"ports": [1]}, 2)
    assert [(each.number, each.by, each.is_enabled) for each in made.versions] == [
        (7, "b", False),
        (6, "a", True),
    ]


def test_one_that_was_never_set_is_enabled() -> None:
    assert UNSET.is_enabled
    assert disabled({"a": Setting(is_enabled=False), "b": Setting()}) == {"a"}


def test_a_disabled_collector_is_not_asked_even_by_its_name() -> None:
    spec = ScanSpec(seeds=("a.example",))
    all_of_it = {m.id for m in enabled(spec, MANIFESTS, Means())}
    assert "dns.resolve" in all_of_it
    without = {
        m.id for m in enabled(spec, MANIFESTS, Means(disabled={"dns.resolve", str(uuid.uuid4())}))
    }
    assert all_of_it - without == {"dns.resolve"}
    named = ScanSpec(seeds=("a.example",), collectors=("dns.resolve",))
    assert enabled(named, MANIFESTS, Means(disabled={"dns.resolve"})) == []
