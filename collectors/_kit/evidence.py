"""Where raw answers are kept: by content, so the same answer lies there once.

Nothing here expires anything: what is old enough to go, organizations say.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import tempfile
import time
from pathlib import Path
from typing import Protocol

from graph.errors import NotFound, StorageFull
from graph.facts import Evidence

WANTED_FOR_S = 3_600.0
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class EvidenceStore(Protocol):
    """Keeps raw answers."""

    async def put(self, body: bytes, media_type: str, source_url: str = "") -> Evidence:
        """Keep `body` and say how it is called."""
        ...

    async def get(self, sha256: str) -> bytes:
        """The body with this digest. Raises NotFound."""
        ...


class DirectoryEvidence:
    """An evidence store in a local directory: `ab/cdef…`, each file written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, body: bytes, media_type: str, source_url: str = "") -> Evidence:
        """Keep `body`; keeping it again costs one look. Raises StorageFull."""
        evidence = Evidence.of(body, media_type, source_url)
        path = self._path(evidence.sha256)
        try:
            if not await asyncio.to_thread(_touch, path):
                await asyncio.to_thread(_write_whole, path, body)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            raise StorageFull("no room is left for raw answers; make some") from error
        return evidence

    async def get(self, sha256: str) -> bytes:
        """The body with this digest. Raises NotFound."""
        if not _DIGEST.match(sha256):
            raise NotFound(f"{sha256!r} is not a SHA-256 in lower case")
        try:
            return await asyncio.to_thread(self._path(sha256).read_bytes)
        except FileNotFoundError as error:
            raise NotFound(f"there is no evidence {sha256}") from error

    async def forget(self, sha256: str) -> bool:
        """Remove the body with this digest; False where it was kept within the last hour and so stays.

        Whoever keeps a body names it in the graph a moment later: in between, nothing there says that it is needed.
        """
        return await asyncio.to_thread(_remove_old, self._path(sha256))

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:]


class DiscardedEvidence:
    """Describes what it is given and keeps nothing; for replays and dry runs."""

    async def put(self, body: bytes, media_type: str, source_url: str = "") -> Evidence:
        """Say how `body` would be called."""
        return Evidence.of(body, media_type, source_url)

    async def get(self, sha256: str) -> bytes:
        """Raise NotFound: nothing is kept."""
        raise NotFound(f"there is no evidence {sha256}")


def _touch(path: Path) -> bool:
    """Say that a file is wanted now; False where there is none."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _remove_old(path: Path) -> bool:
    try:
        if time.time() - path.stat().st_mtime < WANTED_FOR_S:
            return False
        path.unlink()
    except FileNotFoundError:
        pass  # somebody else removed it, or it never lay here
    return True


def _write_whole(path: Path, body: bytes) -> None:
    """Write `body` to `path` by way of a file beside it, so that no reader meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(body)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
