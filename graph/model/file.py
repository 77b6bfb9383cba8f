"""Files: programs, documents, images, reports of other tools, known by their digest."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from graph.errors import Refused
from graph.model.base import Entity, Standard, prop
from graph.model.values.digest import MD5, SHA1, SHA256, digest_of
from graph.model.values.text import Count, Line, Moment


class File(Entity):
    """A file by its content; where only a weaker digest is known, its key is provisional."""

    plural: ClassVar[str] = "files"
    standard: ClassVar[Standard] = Standard(
        stix="file", oam="File", ftm="Document", ecs="file.hash.sha256"
    )
    seed_form: ClassVar[str] = r"[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}"
    seed_hint: ClassVar[str] = "a file's SHA-256, SHA-1 or MD5"

    sha256: Annotated[str, SHA256] | None = prop(
        "The SHA-256 of its content: the key where known.",
        indexed=True,
        searched=True,
        example="2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    )
    sha1: Annotated[str, SHA1] | None = prop(
        "The SHA-1 of its content.",
        indexed=True,
        searched=True,
        example="aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
    )
    md5: Annotated[str, MD5] | None = prop(
        "The MD5 of its content.",
        indexed=True,
        searched=True,
        example="5d41402abc4b2a76b9719d911017c592",
    )
    names: tuple[Line, ...] = prop(
        "The names it was found under.",
        default=(),
        merge="union",
        searched=True,
        example=("report.pdf",),
    )
    size_bytes: Count | None = prop("Its size.", unit="bytes", example=48211)
    media_type: Line | None = prop("Its type.", indexed=True, example="application/pdf")
    title: Line | None = prop("The title within it.", searched=True, example="Annual Report")
    author: Line | None = prop("The author it names.", searched=True, example="Jane Doe")
    created_at: Moment | None = prop("When it says it was made.", example="2026-01-31T12:00:00Z")

    def make_key(self) -> str:
        """The SHA-256, else `sha1:…`, else `md5:…`."""
        if self.sha256:
            return self.sha256
        if self.sha1:
            return f"sha1:{self.sha1}"
        if self.md5:
            return f"md5:{self.md5}"
        raise Refused("a file", self.names, "a SHA-256, SHA-1 or MD5 is needed")

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The file that a key, or a bare digest, names."""
        algorithm, digest = digest_of(key.removeprefix("sha1:").removeprefix("md5:"))
        if algorithm not in ("sha256", "sha1", "md5"):
            raise Refused("a key of File", key, "a SHA-256, SHA-1 or MD5 is right")
        given: dict[str, Any] = {algorithm: digest}
        return cls(**given)

    def caption(self) -> str:
        """Its first name, else its title, else its digest."""
        return next(iter(self.names), None) or self.title or self.key
