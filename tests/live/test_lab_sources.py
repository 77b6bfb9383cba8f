"""The collectors of public sources against the lab, compared with its truth."""

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from collectors._kit.dialing import LabState
from collectors._kit.egress import lab_egress
from collectors._kit.registry import discover
from collectors._kit.runner import Batch, Runner
from graph.facts import Answer, Content, Outcome
from graph.model.base import Entity, Fact
from lab.truth import Facts, Truth
from lab.world import World
from tests.support.running_lab import RunningLab

REGISTRY = discover(with_entry_points=False)


@pytest.fixture(scope="module")
def truth(running_lab: RunningLab) -> Truth:
    return Truth(World.read(today=dt.date.fromisoformat(running_lab.state["today"])))


@pytest.fixture(scope="module")
def state_file(running_lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("state") / "lab.json"
    path.write_text(json.dumps(running_lab.state))
    return path


def options(running_lab: RunningLab, collector: str) -> dict[str, object]:
    if collector == "geo.mmdb":
        return {"files": [running_lab.state["files"]["geo_mmdb"]]}
    if collector == "rep.feeds":
        return {"feeds": running_lab.state["feeds"]}
    return {}


def whole(facts: Iterable[Fact]) -> Facts:
    """The facts with what their keys imply."""
    content = Content.of(facts)
    return Facts.of([*content.entities.values(), *content.relationships.values()])


async def look(
    state_file: Path, collector: str, targets: list[Entity], **given: object
) -> list[Answer]:
    listed = REGISTRY.get(collector)
    rate = listed.manifest.rate.model_copy(update={"source_per_s": 1000.0, "host_per_s": 1000.0})
    manifest = listed.manifest.model_copy(update={"rate": rate})
    batch = Batch(REGISTRY.make(collector, given), manifest, targets, run="lab")
    egress = lab_egress(LabState.read(state_file))
    return [answer async for answer in Runner(egress).run(batch)]


@pytest.mark.parametrize(
    "collector",
    [
        "rdap.domain",
        "rdap.ip",
        "rdap.asn",
        "whois.domain",
        "ct.crtsh",
        "archive.wayback",
        "geo.mmdb",
        "rep.feeds",
    ],
)
async def test_a_source_gives_what_is_true_and_nothing_else(
    running_lab: RunningLab, state_file: Path, truth: Truth, collector: str
) -> None:
    manifest = REGISTRY.get(collector).manifest
    targets = [entity for entity in truth.scanned if manifest.accepts(entity)]
    answers = await look(state_file, collector, targets, **options(running_lab, collector))
    failed = {(a.about.key, a.reason) for a in answers if a.outcome is Outcome.ERROR}
    no_service = {("orrery.test", "there is no RDAP service for .test")}
    assert failed == (no_service if collector == "rdap.domain" else set())
    about = whole(targets).entities
    found = whole(fact for answer in answers for fact in answer.facts)
    oracle = truth.oracles[collector]
    true = whole(fact for each in targets for fact in oracle.answer(truth.world, each))
    assert true.relationships or collector == "archive.wayback"
    assert found.relationships - true.relationships == set()
    assert true.relationships - found.relationships == set()
    assert found.entities - true.entities <= about
    assert true.entities - found.entities <= about
