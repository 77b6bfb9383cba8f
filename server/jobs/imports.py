"""Import a file: find its format, read it whole once to be sure, then write it part by part.

An import is a claim of the file, so importing the same file again changes nothing, and withdrawing it takes back
exactly what it said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO, cast

from collectors._kit.formats import format_of
from collectors._kit.importing import Import, Importer, Report, checksum, examine
from collectors._kit.manifest import CollectorManifest
from collectors._kit.registry import Registry
from graph.errors import InvalidQuestion
from graph.facts import Answer, Outcome
from graph.model.base import Entity
from graph.model.registry import make
from graph.queries import importing
from graph.store import Store
from graph.writer import Writer
from server.modules.settings import UNSET, ModuleDisabled, Settings


@dataclass(frozen=True)
class Imported:
    """What an import did: what it says of the file itself, the format, and what was kept and refused."""

    said: Answer
    sha256: str
    format: str
    parts: int
    report: Report = field(repr=False)


def formats(registry: Registry) -> dict[str, CollectorManifest]:
    """The file formats that can be imported, by the importer's name."""
    return {
        i: one.manifest for i, one in registry.collectors.items() if one.manifest.kind == "importer"
    }


@dataclass(frozen=True)
class Offered:
    """A file that a person hands in: a seekable stream, its name and, where they say it, format and marking.

    Handed in again with the same moment `at`, it is the same import.
    """

    stream: BinaryIO
    name: str
    format: str = ""
    options: dict[str, object] = field(default_factory=dict)
    tlp: str = ""
    at: datetime | None = None


async def import_file(
    store: Store, writer: Writer, registry: Registry, org: str, offered: Offered
) -> Imported:
    """Import a file for the organization `org`.

    Raises FileRefused where nothing of it may be imported, also where its format is unknown;
    InvalidQuestion for an importer that does not exist, ModuleDisabled for one that the organization does not use.
    """
    stream = offered.stream
    chosen = offered.format or await asyncio.to_thread(format_of, stream, offered.name, registry)
    if chosen not in formats(registry):
        raise InvalidQuestion(
            f"there is no importer {chosen!r}; there are {', '.join(sorted(formats(registry)))}"
        )
    setting = (await Settings(store).of(org)).get(chosen, UNSET)
    if not setting.is_enabled:
        raise ModuleDisabled(
            f"format: {chosen} is disabled in this organization; `configureModule` enables it"
        )
    importer = cast(Importer, registry.make(chosen, {**setting.options, **offered.options}))
    sha256, _ = await asyncio.to_thread(checksum, stream)
    report = await asyncio.to_thread(examine, importer, stream)
    about = make("File", sha256)
    work = Import(importer, registry.get(chosen).manifest, about, sha256, tlp=offered.tlp)
    now = offered.at or datetime.now(UTC)
    parts = 0
    said = _that_it_exists(about, now, offered.tlp)
    await writer.write(org, [said])
    answers = work.answers(stream, lambda: now)
    while (answer := await asyncio.to_thread(_next, answers)) is not None:
        await writer.write(org, [answer])
        parts += 1
    kept = {str(number) for number in range(1, parts + 1)}
    stale = await _parts(store, org, sha256)
    # Read otherwise, a file may have fewer parts than before.
    gone = [each for each in stale if each.part not in kept]
    await _withdraw(writer, org, sha256, gone, now)
    return Imported(said, sha256, chosen, parts, report)


async def withdraw(
    store: Store,
    writer: Writer,
    org: str,
    sha256: str,
    readable: list[str] | None,
    at: datetime | None = None,
) -> int:
    """Take back what an import said, as far as its markings are `readable` (None: all); how many parts that were."""
    parts = await _parts(store, org, sha256, readable)
    return await _withdraw(writer, org, sha256, parts, at or datetime.now(UTC))


async def _parts(
    store: Store, org: str, sha256: str, readable: list[str] | None = None
) -> list[importing.PartRow]:
    params = importing.ImportPartsParams(
        org=org, readable=readable, file=make("File", sha256).id_in(org), collector=_by(sha256)
    )
    return await store.fetch(importing.LIST_IMPORT_PARTS.bind(params))


async def _withdraw(
    writer: Writer, org: str, sha256: str, parts: Sequence[importing.PartRow], at: datetime
) -> int:
    about = make("File", sha256)
    answers = [
        Answer(
            about,
            _by(sha256),
            Outcome.ABSENT,
            at,
            at,
            part=row.part,
            reason="withdrawn",
            tlp=row.tlp or "",
        )
        for row in parts
    ]
    if answers:
        await writer.write(org, answers)
    return len(answers)


def _by(sha256: str) -> str:
    """The name that an import's claims carry."""
    return f"import:{sha256}"


def _next(answers: Iterator[Answer]) -> Answer | None:
    return next(answers, None)


def _that_it_exists(about: Entity, now: datetime, tlp: str) -> Answer:
    return Answer(about, "manual", Outcome.FOUND, now, now, (about,), reliability=0.99, tlp=tlp)
