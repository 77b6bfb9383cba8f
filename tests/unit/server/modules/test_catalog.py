"""What there is as modules: of each sort, with what their files say of them."""

from __future__ import annotations

import pytest

from collectors._kit.registry import Origin, Registry, discover
from graph.correlate import rules
from graph.errors import NotFound
from server.modules.catalog import CHANNELS, Module, ModuleKind, catalog, get, modules
from tests.support import keyed


def test_every_collector_importer_rule_and_channel_is_one_module() -> None:
    own = discover(with_entry_points=False, beside=CHANNELS)
    found = catalog(own, rules.load())
    assert list(found) == sorted({*own.collectors, *own.channels, *rules.load()})
    assert {each.kind for each in found.values()} == set(ModuleKind)
    assert not {*own.collectors, *own.channels} & {*rules.load()}, "an id would name two"


def test_a_channel_says_what_its_manifest_says() -> None:
    made = modules()["webhook"]
    assert (made.kind, made.origin) == (ModuleKind.CHANNEL, Origin("BUILT_IN"))
    assert (made.inputs, made.outputs, made.secrets) == ((), (), ("signing_secret",))
    assert made.manifest is None
    assert made.options["required"] == ["url"]


def test_a_collector_says_what_its_manifest_says() -> None:
    made = modules()["tcp.connect"]
    assert (made.kind, made.origin) == (ModuleKind.COLLECTOR, Origin("BUILT_IN"))
    assert made.inputs == ("IPAddress",)
    assert made.manifest is not None
    assert made.manifest.activity == "P3"
    assert made.options["properties"]["ports"]["type"] == "array"


def test_a_rule_says_what_its_header_says() -> None:
    made = modules()["chg.new_port"]
    assert (made.kind, made.outputs, made.secrets) == (ModuleKind.RULE, ("Finding",), ())
    assert made.inputs == ("IPAddress", "NetworkService")
    assert made.options["properties"]["window"] == {
        "type": "string",
        "format": "duration",
        "description": "for how long a port is new",
        "default": "P7D",
    }


def test_options_of_every_module_are_a_schema_with_defaults_of_its_types() -> None:
    types: dict[str, type | tuple[type, ...]] = {
        "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": (list, tuple),
    }  # fmt: skip
    for made in modules().values():
        assert made.options["type"] == "object"
        for name, each in made.options["properties"].items():
            if "default" in each:
                assert isinstance(each["default"], types[each["type"]]), f"{made.id}: {name}"


def test_a_source_of_another_folder_says_so() -> None:
    found = catalog(keyed.registry(), {})
    (made,) = found.values()
    assert (made.id, made.origin, made.secrets) == (
        keyed.COLLECTOR,
        Origin("FOLDER"),
        (keyed.SECRET,),
    )


def test_an_unknown_module_is_told_by_its_name() -> None:
    with pytest.raises(NotFound, match=r"there is no module 'dns\.nothing'"):
        get("dns.nothing")
    assert catalog(Registry({}, {}), {}) == {}
    made: Module = get("dns.resolve")
    assert made.id == "dns.resolve"
