"""`mirage module …` against the API as it is, trial calls with a real worker of the collector role."""

from __future__ import annotations

from typing import Any

import pytest

from graph.store import Store
from server.modules import catalog
from tests.api.conftest import Caller, Command
from tests.api.test_module_trials import _apart, worker
from tests.api.test_module_usage import SOME, run

pytestmark = pytest.mark.timeout(180)
__all__ = ("_apart", "worker")


@pytest.fixture
def command(mirage: Command) -> Command:
    """Runs `mirage module …`."""

    async def module(*arguments: str) -> Any:
        return await mirage("module", *arguments)

    return module


@pytest.mark.usefixtures("worker")
async def test_modules_are_listed_with_how_they_stand(command: Command) -> None:
    listed = {each["id"]: each for each in (await command("list", "--json"))["modules"]}
    assert list(listed) == list(catalog.modules()), "of all pages"
    asked = listed["dns.resolve"]
    assert (asked["kind"], asked["class"], asked["enabled"]) == ("COLLECTOR", "P1", True)
    assert (asked["health"], asked["workers"], asked["secrets_missing"]) == ("CLOSED", 1, [])
    assert listed["whois.domain"]["workers"] == 0
    assert (listed["tls.expired"]["health"], listed["tls.expired"]["class"]) == (None, None)
    importers = (await command("list", "--kind", "importer", "--json"))["modules"]
    assert {each["kind"] for each in importers} == {"IMPORTER"}
    assert {each["id"] for each in importers} < set(listed)


async def test_one_is_shown_with_options_freshness_and_usage(
    command: Command, caller: Caller, store: Store
) -> None:
    await run(store, caller, SOME)
    shown = await command("show", "dns.resolve", "--json")
    assert shown["fresh"] == [{"input": "DomainName", "seconds": 3_000}]
    assert (shown["usage"]["calls"], shown["usage"]["error_rate"]) == (3, 0.25)
    assert (shown["options"], shown["settings"], shown["origin"]) == ([], [], "BUILT_IN")
    assert (await command("show", "dns.resolve", "--days", "0", "--json"))["usage"] is None
    text = await command("show", "dns.resolve")
    assert "usage, 7 days" in text
    assert "0:50:00" in text
    assert "usage" not in await command("show", "dns.records")


async def test_one_is_disabled_and_enabled(command: Command) -> None:
    assert (await command("disable", "dns.records", "--json"))["enabled"] is False
    assert (await command("show", "dns.records", "--json"))["enabled"] is False
    assert (await command("enable", "dns.records", "--json"))["enabled"] is True
    assert "mirage: id: tls.expired is a rule" in await command("disable", "tls.expired")


async def test_options_are_set_one_by_one(command: Command) -> None:
    made = await command("configure", "archive.wayback", "max_urls=50", "page_size=10", "--json")
    assert made["options"] == {"max_urls": 50, "page_size": 10}
    again = await command("configure", "archive.wayback", "max_urls=60", "--unset", "page_size")
    assert '{"max_urls": 60}' in again
    shown = {
        each["option"]: each
        for each in (await command("show", "archive.wayback", "--json"))["options"]
    }
    assert (shown["max_urls"]["value"], shown["max_urls"]["set"]) == (60, True)
    assert (shown["page_size"]["value"], shown["page_size"]["set"]) == (1000, False)
    text = await command("configure", "indicator_list", "feed=7", "--json")
    assert text["options"] == {"feed": "7"}, "what is a text stays one"


async def test_what_cannot_be_set_is_told(command: Command) -> None:
    async def told(*arguments: str) -> str:
        return str(await command("configure", *arguments))

    assert "nothing to set; give options as NAME=VALUE" in await told("tcp.connect")
    assert "'ports' is no option: NAME=VALUE is right" in await told("tcp.connect", "ports")
    assert "is ports meant?" in await told("tcp.connect", "prots=[1]")
    assert "options.ports[0]: 'x' is not of type integer" in await told(
        "tcp.connect", 'ports=["x"]'
    )
    assert "has no option 'prots'; it has ports" in await told("tcp.connect", "--unset", "prots")
    assert "there is no module no.such; `mirage module list`" in await told("no.such", "a=1")


@pytest.mark.usefixtures("worker")
async def test_one_is_tried(command: Command) -> None:
    tried = await command("test", "dns.resolve", "site.example", "--json")
    assert (tried["outcome"], tried["error"], tried["requests"]) == ("FOUND", None, 2)
    assert {"name": "IPAddress", "key": "192.0.2.1", "target": None} in tried["facts"]
    text = await command("test", "dns.resolve", "site.example", "--kind", "DomainName")
    assert "RESOLVES_TO" in text
    refused = await command("test", "dns.resolve", "192.0.2.1", "--kind", "IPAddress")
    assert "mirage: entity: dns.resolve does not look at IPAddress" in refused
    assert "no living process can carry it out" in await command(
        "test", "whois.domain", "site.example"
    )


async def test_one_is_asked_again(command: Command) -> None:
    assert (await command("reset", "ct.crtsh", "--json"))["health"] == "CLOSED"
    assert "mirage: id: nmap_xml is no collector" in await command("reset", "nmap_xml")
    assert "mirage: there is no module 'no.such'" in await command("reset", "no.such")
