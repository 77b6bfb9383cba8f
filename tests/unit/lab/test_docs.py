"""`docs/lab.md` speaks of what the company file has."""

import re
from pathlib import Path

from lab.truth import Truth
from lab.world import World

PAGE = (Path(__file__).parents[3] / "docs/lab.md").read_text(encoding="utf-8")


def test_addresses_in_the_page_are_those_of_hosts_or_of_the_leak(world: World) -> None:
    hosts = {str(address) for host in world.company.hosts.values() for address in host.addresses}
    shown = set(re.findall(r"\b\d+\.\d+\.\d+\.\d+\b(?!/)", PAGE))
    assert shown - hosts == {"10.20.0.5", "127.0.0.1"}


def test_ranges_and_systems_in_the_page_are_the_companys(world: World) -> None:
    ranges = {str(network) for network in world.company.networks}
    picture = PAGE.partition("```mermaid")[2].partition("```")[0]
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+/\d+", picture)) <= ranges
    systems = {int(number) for number in re.findall(r"AS(64\d{3})", picture)}
    assert systems == set(world.company.systems)


def test_every_expected_rule_is_told(truth: Truth) -> None:
    table = PAGE.partition("| what is wrong")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z]+\.\w+)`", table)) == set(truth.findings)
