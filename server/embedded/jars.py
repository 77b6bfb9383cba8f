"""The jars of the embedded Neo4j: which (`neo4j.lock`), and all of them there and unharmed.

Jars lie in one folder per user under their repository paths, shared by every checkout. A jar that
Maven already has on this machine is copied; the others are fetched several at a time. A file gets
its name only if its SHA-256 is the listed one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from graph.errors import MirageError

LOCK = Path(__file__).with_name("neo4j.lock")
AT_ONCE = 16
TRIES = 4
FIRST_PAUSE_S = 0.2
_CHUNK_BYTES = 1 << 18

Advance = Callable[[int], None]


class JarUnavailable(MirageError):
    """A jar could not be fetched, or what came is not the listed file."""

    code = "JAR_UNAVAILABLE"

    def __init__(self, text: str, *, is_retryable: bool = True) -> None:
        super().__init__(text)
        self.is_retryable = is_retryable


@dataclass(frozen=True)
class Jar:
    """One line of the lock: the path in a Maven repository, and what the file must be."""

    path: str
    sha256: str
    size: int


def format_lock(jars: Iterable[Jar]) -> str:
    """The text of a lock file."""
    return "".join(f"{jar.path} {jar.sha256} {jar.size}\n" for jar in jars)


def read_lock(file: Path = LOCK) -> list[Jar]:
    """The jars listed in `file`, in its order, which is also the class path's."""
    rows = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return [Jar(path, sha256, int(size)) for path, sha256, size in rows]


def missing(jars: Iterable[Jar], folder: Path) -> list[Jar]:
    """The jars not in `folder`, by size: a file gets its name only after it was verified."""
    return [jar for jar in jars if not _has_size(folder / jar.path, jar.size)]


def fetch(
    jars: Iterable[Jar], folder: Path, base: str, local: Path | None, advance: Advance
) -> None:
    """Bring every jar into `folder`: from Maven's folder `local`, else from the address `base`.

    `advance` is told the bytes as they arrive, from several threads.
    """
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    with (
        httpx.Client(limits=limits, timeout=30, follow_redirects=True) as client,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        waiting = [pool.submit(_bring, jar, folder, base, local, client, advance) for jar in jars]
        try:
            for one in waiting:
                one.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _bring(
    jar: Jar, folder: Path, base: str, local: Path | None, client: httpx.Client, advance: Advance
) -> None:
    target = folder / jar.path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if not (local and _copy_local(jar, local / jar.path, part, advance)):
            _download(jar, f"{base.rstrip('/')}/{jar.path}", part, client, advance)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _copy_local(jar: Jar, source: Path, part: Path, advance: Advance) -> bool:
    if (
        not _has_size(source, jar.size)
        or hashlib.sha256(source.read_bytes()).hexdigest() != jar.sha256
    ):
        return False
    shutil.copyfile(source, part)
    advance(jar.size)
    return True


def _download(jar: Jar, url: str, part: Path, client: httpx.Client, advance: Advance) -> None:
    for attempt in range(1, TRIES + 1):
        counted = 0
        try:
            for count in _stream(url, part, client, jar):
                counted += count
                advance(count)
        except (httpx.TransportError, JarUnavailable) as problem:
            advance(-counted)
            if attempt == TRIES or not getattr(problem, "is_retryable", True):
                text = f"{jar.path} could not be fetched ({attempt} tries): {problem}"
                raise JarUnavailable(text) from problem
            time.sleep(FIRST_PAUSE_S * 2 ** (attempt - 1))
        else:
            return


def _stream(url: str, part: Path, client: httpx.Client, jar: Jar) -> Iterable[int]:
    digest = hashlib.sha256()
    with client.stream("GET", url) as response, part.open("wb") as file:
        if response.status_code != httpx.codes.OK:
            text = f"the repository answered {response.status_code}"
            raise JarUnavailable(text, is_retryable=response.status_code >= 500)
        for chunk in response.iter_bytes(_CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
            yield len(chunk)
    if digest.hexdigest() != jar.sha256:
        raise JarUnavailable(
            f"what came has SHA-256 {digest.hexdigest()}, the lock says {jar.sha256}"
        )


def _has_size(file: Path, size: int) -> bool:
    try:
        return file.stat().st_size == size
    except FileNotFoundError:
        return False
