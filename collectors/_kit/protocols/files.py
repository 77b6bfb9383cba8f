"""Local files that an operator named, from the folders set aside for that and from nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from collectors._kit.base import FileRequest, FileResponse
from graph.errors import NotPermitted, SourceRejected, SourceUnavailable


@dataclass(frozen=True)
class FileChannel:
    """Reads files below `roots`, up to `max_bytes` each."""

    roots: Sequence[Path] = ()
    max_bytes: int = 512_000_000

    async def ask(self, request: FileRequest) -> FileResponse:
        """The file that `request` names, as it is now."""
        return await asyncio.to_thread(self._read, request)

    def _read(self, request: FileRequest) -> FileResponse:
        path = Path(request.path).resolve()  # so that a link or `..` cannot lead out of the roots
        if not any(path.is_relative_to(root.resolve()) for root in self.roots):
            allowed = ", ".join(str(root) for root in self.roots) or "none is set"
            raise NotPermitted(
                f"{request.path} is not in a folder for collectors' files: {allowed}"
            )
        try:
            size = path.stat().st_size
            if size > self.max_bytes:
                raise SourceRejected(f"{request.path} is larger than {self.max_bytes:,} bytes")
            return FileResponse(request, path.read_bytes())
        except OSError as error:
            raise SourceUnavailable(f"{request.path} cannot be read: {error.strerror}") from error
