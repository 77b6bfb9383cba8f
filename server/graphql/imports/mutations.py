"""Handing in files, and taking back what a file said."""

from __future__ import annotations

from typing import Annotated, Any, BinaryIO, cast

import strawberry
from strawberry.file_uploads import Upload
from strawberry.types.field import StrawberryField

from graph.errors import InvalidQuestion, NotFound
from graph.facts import Answer
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented, recorded_argument
from server.graphql.entities.facts import Entity
from server.graphql.entities.stated import readable_or_stated
from server.graphql.entities.vocabulary import Marking
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.graphql.scalars import Json
from server.jobs import imports
from server.jobs.imports import Imported
from server.modules.catalog import registry

SHOWN_ROWS = 100


@strawberry.input(description="How to read a file.")
class ImportFileInput:
    """How to read a file."""

    format: str = strawberry.field(
        default="", description="The importer, such as `nmap_xml`; empty to go by the content."
    )
    options: Json | None = strawberry.field(
        default=None, description="The importer's options, an object; `collectors` lists them."
    )
    marking: Marking | None = strawberry.field(
        default=None,
        description="With whom the file may be shared (TLP 2.0): what it says is marked so, or as it says itself where "
        "that is stricter. Null for no marking of its own; never above one's own clearance.",
    )


@strawberry.type(description="A record of a file that was not taken.")
@framing
class ImportRejection:
    """A record of a file that was not taken."""

    position: str = strawberry.field(description="Where it is, such as `line 12`.")
    reason: str = strawberry.field(description="Why it was not taken.")
    excerpt: str = strawberry.field(description="How it begins; may be empty.")
    is_unmapped: bool = strawberry.field(
        description="Whether it is only of a sort that the model has no kind for."
    )


@strawberry.type(description="How often a kind or relationship type occurs in a file.")
@framing
class ImportedCount:
    """How often a kind or relationship type occurs."""

    name: str = strawberry.field(description="The kind or the relationship type.")
    count: int = strawberry.field(description="How often the file states it.")


@strawberry.type(description="What came of a file.")
@framing
class ImportReport:
    """What came of a file."""

    format: str = strawberry.field(description="The importer that read it.")
    sha256: str = strawberry.field(description="The file's SHA-256; `withdrawImport` takes it.")
    rows: int = strawberry.field(description="How many records were taken.")
    rejected: int = strawberry.field(description="How many records were refused.")
    unmapped: int = strawberry.field(
        description="How many records are of a sort that the model has no kind for."
    )
    facts: list[ImportedCount] = strawberry.field(description="What the taken records state.")
    rejections: list[ImportRejection] = strawberry.field(
        description=f"The first {SHOWN_ROWS} records that were not taken, with the reasons."
    )
    said: strawberry.Private[Answer]

    @documented(needs=Permission.READ_GRAPH)
    async def file(self, info: Info) -> Entity:
        """The file as an entity; what it says rests on it."""
        return Entity.of(await readable_or_stated(info.context, self.said))

    @classmethod
    def of(cls, done: Imported) -> ImportReport:
        """A finished import as an object of the schema."""
        report = done.report
        return cls(
            format=done.format,
            sha256=done.sha256,
            rows=report.rows,
            rejected=report.rejected,
            unmapped=report.unmapped,
            facts=[
                ImportedCount(name=name, count=count)
                for name, count in sorted(report.facts.items())
            ],
            rejections=[
                ImportRejection(
                    position=each.position,
                    reason=each.reason,
                    excerpt=each.excerpt,
                    is_unmapped=each.is_unmapped,
                )
                for each in report.rejections[:SHOWN_ROWS]
            ],
            said=done.said,
        )


@strawberry.type(description="What came of a file, or why it was refused.")
@framing
class ImportPayload:
    """What came of a file, or why it was refused."""

    report: ImportReport | None = strawberry.field(
        description="What came of it; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="How much of an import was taken back, or what to mend.")
@framing
class WithdrawImportPayload:
    """How much of an import was taken back."""

    parts: int = strawberry.field(
        description="How many parts the file had been written in.", default=0
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.IMPORT_FILES)
@told(ImportPayload)
async def import_file(
    info: Info,
    file: Annotated[
        Upload, strawberry.argument(description="The file, sent beside the operation.")
    ],
    input: Annotated[
        ImportFileInput | None, strawberry.argument(description="How to read it.")
    ] = None,
) -> ImportPayload:
    """Import a file: a port scan, a bundle of threat intelligence, a table, a list of indicators.

    Answers when everything is written. The same file again changes nothing.
    """
    how = input or ImportFileInput()
    upload = cast(Any, file)
    offered = imports.Offered(
        cast(BinaryIO, upload.file),
        upload.filename or "file",
        how.format or "",
        _options(how) or {},
        how.marking.value if how.marking else "",
        info.context.now(),
    )
    context: Context = info.context
    context.principal.require_clearance(offered.tlp, "marking")
    done = await imports.import_file(
        context.store, context.writer, registry(), context.org, offered
    )
    return ImportPayload(report=ImportReport.of(done))


@documented(needs=Permission.IMPORT_FILES)
@told(WithdrawImportPayload)
async def withdraw_import(
    info: Info,
    sha256: Annotated[str, recorded_argument("The file's SHA-256.")],
) -> WithdrawImportPayload:
    """Take back everything that a file said; what others also state stays."""
    context: Context = info.context
    parts = await imports.withdraw(
        context.store, context.writer, context.org, sha256.lower(), context.readable, context.now()
    )
    if not parts:
        raise NotFound(f"no file with the SHA-256 {sha256} was imported")
    return WithdrawImportPayload(parts=parts)


def _options(how: ImportFileInput) -> dict[str, object]:
    given: object = how.options if how.options is not None else {}
    if not isinstance(given, dict):
        raise InvalidQuestion("options: an object is right, with the importer's options by name")
    return given


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [import_file, withdraw_import]
