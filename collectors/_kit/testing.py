"""Replaying a collector from recorded answers: no network, no clock, the same facts every time.

A fixture is a JSON file in the source's `fixtures/` folder (docs/howto/add-a-collector.md has the
form). Nothing here compares: `replay` gives answers, `described` makes them readable for a test.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collectors._kit.base import Collector, Request, Response
from collectors._kit.conversation import Conversation
from collectors._kit.manifest import CollectorManifest, read_manifest
from collectors._kit.record import (
    content_key,
    protocol_of,
    read_request,
    read_response,
    readdressed,
)
from graph.errors import (
    InvalidFact,
    MirageError,
    NotPermitted,
    SourceRejected,
    SourceUnavailable,
)
from graph.facts import Answer, Evidence, values_of
from graph.model.base import Entity, Fact, Relationship
from graph.model.registry import make

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_FAILURES: Mapping[str, type[MirageError]] = {
    "unavailable": SourceUnavailable,
    "rejected": SourceRejected,
    "not_permitted": NotPermitted,
}
_KEYS = frozenset({"collector", "about", "options", "exchanges"})


@dataclass(frozen=True)
class Fixture:
    """One recorded conversation: which collector, about what, and how each request ended."""

    path: Path
    collector: str
    target: Entity
    options: Mapping[str, object] = field(default_factory=dict)
    exchanges: Mapping[str, Response | MirageError] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.name.removesuffix(".json")

    def answer(self, request: Request) -> Response:
        """The recorded answer to `request`; raises what was recorded as its failure."""
        recorded = self.exchanges.get(content_key(request))
        if recorded is None:
            raise InvalidFact(f"{self.path.name} has no exchange for {request}")
        if isinstance(recorded, MirageError):
            raise recorded
        return readdressed(recorded, request)


def read_fixture(path: Path) -> Fixture:
    """Read one fixture. Raises InvalidFact naming the file and the place."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        unknown = sorted(set(raw) - _KEYS)
        if unknown:
            raise InvalidFact(f"{unknown[0]!r} is not a key of a fixture; {sorted(_KEYS)} are")
        exchanges = dict(
            _exchange(index, one) for index, one in enumerate(raw.get("exchanges", ()))
        )
        about = raw["about"]
        target = make(about["kind"], about["value"])
        return Fixture(path, raw["collector"], target, raw.get("options", {}), exchanges)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidFact(f"{path}: {error!r}") from error


def fixtures_of(folder: Path, collector_id: str = "") -> list[Fixture]:
    """The fixtures under a source's `folder`, by name; those of one collector if it is given."""
    found = [read_fixture(path) for path in sorted((folder / "fixtures").glob("*.json"))]
    return [one for one in found if collector_id in ("", one.collector)]


def replay(collector_class: type[Collector], path: Path | str) -> list[Answer]:
    """The answers of `collector_class` over the fixture `path`; a name is looked up in its folder.

    One answer for each part, as the runner gives them, at a fixed moment.
    """
    folder = _folder_of(collector_class)
    fixture = read_fixture(path if isinstance(path, Path) else folder / "fixtures" / f"{path}.json")
    return replay_fixture(collector_class, manifest_of(collector_class), fixture)


def replay_fixture(
    collector_class: type[Collector], manifest: CollectorManifest, fixture: Fixture
) -> list[Answer]:
    """The answers of `collector_class` with `manifest` over `fixture`."""
    if fixture.collector != collector_class.id:
        raise InvalidFact(
            f"{fixture.path.name} is of {fixture.collector}, not {collector_class.id}"
        )
    collector = collector_class(manifest.read_options(fixture.options))
    talk = Conversation(collector, manifest, fixture.target)
    talk.begin()
    while (asked := talk.take()) is not None:
        try:
            response = fixture.answer(asked.request)
        except (SourceUnavailable, SourceRejected, NotPermitted) as error:
            talk.fail(asked, error)
        else:
            talk.receive(asked, response, _evidence(asked.request))
    return [
        Answer(
            about=fixture.target,
            collector=manifest.id,
            collector_version=manifest.version,
            outcome=part.outcome(),
            reason=part.reason(),
            started_at=MOMENT,
            ended_at=MOMENT,
            facts=tuple(part.facts) if not part.errors else (),
            reliability=manifest.reliability,
            part=part.name,
            evidence=tuple(part.evidence.values()),
            tlp=talk.collector.marking(part.name),
        )
        for part in talk.results()
    ]


def manifest_of(collector_class: type[Collector]) -> CollectorManifest:
    """The manifest table of `collector_class`, from the folder its file lies in."""
    source = read_manifest(_folder_of(collector_class) / "manifest.toml")
    return next(one for one in source.collectors if one.id == collector_class.id)


def described(facts: Iterable[Fact | Answer]) -> set[str]:
    """Each fact as a line, `Kind key {name: value}` or `Kind key -TYPE[qualifiers]-> Kind key {…}`.

    Answers stand for their facts. Values that follow from the key are left out; an end of a
    relationship has a line of its own where values are stated about it.
    """
    found: set[str] = set()
    for one in facts:
        if isinstance(one, Answer):
            found |= described(one.facts)
            continue
        found.add(_line(one))
        if isinstance(one, Relationship):
            found |= {_line(end) for end in (one.source, one.target) if values_of(end)}
    return found


def _line(fact: Fact) -> str:
    if isinstance(fact, Relationship):
        qualifiers = f"[{fact.qualifiers()}]" if fact.qualifiers() else ""
        text = f"{_name(fact.source)} -{type(fact).type}{qualifiers}-> {_name(fact.target)}"
    else:
        text = _name(fact)
    inside = ", ".join(f"{name}: {value!r}" for name, value in sorted(values_of(fact).items()))
    return f"{text} {{{inside}}}" if inside else text


def _name(entity: Entity) -> str:
    return f"{entity.label} {entity.key}"


def _exchange(index: int, raw: Mapping[str, Any]) -> tuple[str, Response | MirageError]:
    """The key and the end of one exchange: `{<protocol>: request, response | <failure>: …}`."""
    ends = [word for word in ("response", *_FAILURES) if word in raw]
    protocols = [word for word in raw if word not in ends]
    if len(protocols) != 1 or len(ends) != 1:
        raise InvalidFact(
            f"exchanges[{index}]: one protocol (http, dns, tls, tcp, file) with its request, and "
            f"one of response, {', '.join(_FAILURES)}"
        )
    request = read_request(protocols[0], raw[protocols[0]])
    if ends[0] == "response":
        return content_key(request), read_response(request, raw["response"])
    return content_key(request), _FAILURES[ends[0]](raw[ends[0]])


def _evidence(request: Request) -> Evidence:
    return Evidence.of(
        content_key(request).encode(), f"application/x-{protocol_of(request)}-replay"
    )


def _folder_of(collector_class: type[Collector]) -> Path:
    return Path(inspect.getfile(collector_class)).parent
