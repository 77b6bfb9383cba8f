"""Disks that are small and can be filled: a tmpfs in the place of a folder, whose content moves along both ways."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

MEGABYTE = 1 << 20
PIECES = (MEGABYTE, 4_096, 1)


class NoMount(RuntimeError):
    """This process may not mount a file system."""


@dataclass(frozen=True)
class Disk:
    """A small file system at `folder`."""

    folder: Path

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def fill(self) -> int:
        """Leave not a byte; how many were free. What is freed meanwhile by others can be written again."""
        size = 0
        with self._filler.open("ab", buffering=0) as file:
            for piece in PIECES:
                size += _filled(file, b"\0" * piece)
        return size

    def free(self) -> None:
        """Give the room back."""
        self._filler.unlink()

    async def keep_full(self, seconds: float) -> None:
        """Let no room that somebody frees last, for so long."""
        until = asyncio.get_running_loop().time() + seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            await asyncio.to_thread(self.fill)
            await asyncio.sleep(min(0.2, left))


def _filled(file: FileIO, piece: bytes) -> int:
    """Append pieces until there is no room for one more; how many bytes these were."""
    size = 0
    try:
        while True:
            size += file.write(piece)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    return size


def used_mb(folder: Path) -> int:
    """What the files in a folder take, in MiB."""
    blocks = sum(path.lstat().st_blocks for path in folder.rglob("*") if path.is_file())
    return blocks * 512 // MEGABYTE + 1


@asynccontextmanager
async def small_disk(folder: Path, size_mb: int) -> AsyncIterator[Disk]:
    """A file system of so many MiB in the place of `folder`, with its content; nobody may have a file of it open.

    Raises NoMount.
    """
    await asyncio.to_thread(_mount, folder, size_mb)
    try:
        yield Disk(folder)
    finally:
        await asyncio.to_thread(_unmount, folder)


def _beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-beside")


def _mount(folder: Path, size_mb: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.rename(_beside(folder))
    folder.mkdir(mode=0o700)
    options = f"size={size_mb}m,mode=700"
    done = subprocess.run(  # noqa: S603 - a command of the system with what we made
        ["/bin/mount", "-t", "tmpfs", "-o", options, "mirage-faults", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        folder.rmdir()
        _beside(folder).rename(folder)
        raise NoMount(f"no small disk can be mounted, which takes root: {done.stderr.strip()}")
    shutil.copytree(_beside(folder), folder, dirs_exist_ok=True)
    shutil.rmtree(_beside(folder))


def _unmount(folder: Path) -> None:
    (folder / "filler").unlink(missing_ok=True)
    shutil.copytree(folder, _beside(folder))
    os.sync()
    subprocess.run(["/bin/umount", "--lazy", str(folder)], check=True)  # noqa: S603
    folder.rmdir()
    _beside(folder).rename(folder)
