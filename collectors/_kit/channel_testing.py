"""Replaying a channel from recordings: what it sends for a notice, and what it makes of an answer, without a network.

A fixture is a JSON file in the folder's `fixtures/` (docs/howto/add-a-channel.md has the form). Nothing here compares.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collectors._kit.base import HttpResponse, Request
from collectors._kit.channel import (
    Channel,
    Message,
    Notice,
    Outcome,
    Verdict,
    read_message,
    verdict_of,
)
from collectors._kit.manifest import FILE_NAME, ChannelManifest, read_manifest
from collectors._kit.record import read_response
from collectors._kit.verdicts import judged
from graph.errors import InvalidFact, MirageError, SourceUnavailable

NOW = datetime(2026, 1, 1, 12, 0, 5, tzinfo=UTC)

SAMPLE = Notice(
    id="0f0f0f0f-0000-4000-8000-000000000001",
    event="finding.opened",
    organization="org-1",
    organization_name="Orrery Instruments",
    severity="HIGH",
    tlp="GREEN",
    title="www.orrery-instruments.example shows a certificate that has expired",
    text="About: DomainName www.orrery-instruments.example\nSeverity: HIGH\nRule: tls.expired",
    at=datetime(2026, 1, 1, 12, tzinfo=UTC),
    fingerprint="6a1f",
    about="finding-1",
    link="https://mirage.example",
    fields={"rule": "tls.expired", "question": '{ finding(id: "finding-1") { title } }'},
)
"""A notice to try a channel with."""

_KEYS = frozenset(
    {"channel", "options", "secrets", "notice", "sends", "answer", "unavailable", "outcome"}
)


@dataclass(frozen=True)
class Fixture:
    """One recording: of which channel, set how, what it sends of the sample, changed so, and what comes of it."""

    path: Path
    channel: str
    outcome: Outcome
    options: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    notice: Notice = SAMPLE
    sends: Message | None = None
    answer: Mapping[str, Any] | None = None
    unavailable: str = ""


@dataclass(frozen=True)
class Replayed:
    """What was sent, and what came of it."""

    message: Message
    verdict: Verdict


def read_fixture(path: Path) -> Fixture:
    """Read one fixture. Raises InvalidFact naming the file and the place."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        if unknown := sorted(set(raw) - _KEYS):
            raise InvalidFact(f"{unknown[0]!r} is not a key of a fixture; {sorted(_KEYS)} are")
        return Fixture(
            path=path,
            channel=raw["channel"],
            outcome=Outcome(raw["outcome"]),
            options=raw.get("options", {}),
            secrets=raw.get("secrets", {}),
            notice=Notice.model_validate(SAMPLE.model_dump() | raw.get("notice", {})),
            sends=read_message(raw["sends"]) if "sends" in raw else None,
            answer=raw.get("answer"),
            unavailable=raw.get("unavailable", ""),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidFact(f"{path}: {type(error).__name__}: {error}") from error


def manifest_of(channel: type[Channel]) -> ChannelManifest:
    """What the manifest beside a channel's code says of it."""
    folder = Path(inspect.getfile(channel)).parent
    return next(one for one in read_manifest(folder / FILE_NAME).channels if one.id == channel.id)


def replay(channel: type[Channel], name: str) -> Replayed:
    """A channel with the recording `name` of its folder, such as `webhook.ok`."""
    folder = Path(inspect.getfile(channel)).parent
    return replayed(channel, read_fixture(folder / "fixtures" / f"{name}.json"))


def replayed(channel: type[Channel], fixture: Fixture) -> Replayed:
    """The same with a fixture that was read."""
    chosen = manifest_of(channel).read_options(fixture.options)
    made = channel(chosen, fixture.secrets)
    made.check()
    message = made.compose(fixture.notice, NOW)
    return Replayed(message, _verdict(made, message, fixture))


def _verdict(channel: Channel, message: Message, fixture: Fixture) -> Verdict:
    if not isinstance(message, Request):
        return Verdict.delivered()
    try:
        if fixture.answer is None:
            raise SourceUnavailable(fixture.unavailable or "no answer was recorded")
        response = read_response(message, fixture.answer)
        return channel.read(judged(response) if isinstance(response, HttpResponse) else response)
    except MirageError as error:
        return verdict_of(error)
