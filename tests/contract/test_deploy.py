"""The dashboard and the alert rules under `deploy/` ask for metrics that there are, and leave none out."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import graph
import server

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = DEPLOY / "grafana" / "mirage.json"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
SCRAPES = DEPLOY / "prometheus" / "prometheus.yml"
COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
NAME = re.compile(r"\b(mirage_[a-z_]+)\b")


def ours() -> dict[str, frozenset[str]]:
    """The samples that our processes give, by name, with the labels of each."""
    for package in (graph, server):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.rpartition(".")[2] in ("metrics", "metering", "journal"):
                importlib.import_module(found.name)
    known: dict[str, frozenset[str]] = {}
    for collector in set(REGISTRY._collector_to_names):
        name, labels = getattr(collector, "_name", ""), getattr(collector, "_labelnames", ())
        if name.startswith("mirage_"):
            for each in REGISTRY._collector_to_names[collector]:
                known[each] = frozenset(labels) | ({"le"} if each.endswith("_bucket") else set())
    return {name: labels for name, labels in known.items() if not name.endswith("_created")}


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return [each for each in found if each["type"] != "row"]


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    for panel in panels():
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])
    yield from ((rule["alert"], rule["expr"]) for rule in rules())


@pytest.mark.parametrize(("title", "asked"), list(expressions()))
def test_what_is_asked_for_exists(title: str, asked: str) -> None:
    known = ours()
    names = set(NAME.findall(asked))
    assert names - known.keys() == set(), title
    labels = {
        label
        for each in re.findall(r"(?:by|without) \(([^)]*)\)", asked)
        for label in re.split(r",\s*", each)
    }
    labels |= set(re.findall(r"[{,]\s*(\w+)\s*[=!]", asked)) - {"job"}
    if names:
        assert labels <= frozenset().union(*(known[name] for name in names)) | {"job"}, title
    assert asked.count("(") == asked.count(")")


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {
        name
        for panel in panels()
        for target in panel["targets"]
        for name in NAME.findall(target["expr"])
    }
    metrics = {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in ours()}
    assert metrics == {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in shown}


def test_panels_lie_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in panels()}) == len(panels())


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"].endswith(".")
    assert f"`{rule['alert']}`" in OPERATIONS.read_text("utf-8")


def test_what_is_scraped_are_services_of_the_compose_file() -> None:
    services = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
    jobs = yaml.safe_load(SCRAPES.read_text("utf-8"))["scrape_configs"]
    targets = {
        target.partition(":")[0]
        for job in jobs
        for config in job["static_configs"]
        for target in config["targets"]
    }
    assert targets == {"api", "conductor", "collector", "correlator", "courier"}
    assert targets <= services.keys()
