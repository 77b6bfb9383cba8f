"""Raw answers lie under their digest: whole or not at all, and once."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from collectors._kit import evidence
from collectors._kit.evidence import DirectoryEvidence, DiscardedEvidence
from graph.errors import NotFound, StorageFull
from graph.facts import Evidence

BODY = b"<html>Orrery</html>"
DIGEST = hashlib.sha256(BODY).hexdigest()


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_a_body_lies_under_its_digest_once(tmp_path: Path) -> None:
    store = DirectoryEvidence(tmp_path)
    kept = await store.put(BODY, "text/html", "https://orrery.example/")
    assert kept == Evidence(DIGEST, "text/html", len(BODY), "https://orrery.example/")
    assert files(tmp_path) == [f"{DIGEST[:2]}/{DIGEST[2:]}"]

    before = (tmp_path / DIGEST[:2] / DIGEST[2:]).stat().st_ino
    assert await store.put(BODY, "text/html", "https://orrery.example/") == kept

    assert (tmp_path / DIGEST[:2] / DIGEST[2:]).stat().st_ino == before
    assert await store.get(DIGEST) == BODY


@pytest.mark.parametrize("digest", ["0" * 64, DIGEST.upper(), "../../etc/passwd", ""])
async def test_what_is_not_kept_is_not_found(tmp_path: Path, digest: str) -> None:
    store = DirectoryEvidence(tmp_path)
    await store.put(BODY, "text/html")
    with pytest.raises(NotFound):
        await store.get(digest)


async def test_a_full_disk_leaves_nothing_behind_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    store = DirectoryEvidence(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StorageFull, match="no room is left"):
            await store.put(BODY, "text/html")
    assert files(tmp_path) == []
    await store.put(BODY, "text/html")
    assert await store.get(DIGEST) == BODY


async def test_only_what_nobody_has_wanted_for_a_while_is_forgotten(tmp_path: Path) -> None:
    store = DirectoryEvidence(tmp_path)
    await store.put(BODY, "text/html")
    assert not await store.forget(DIGEST)
    assert await store.get(DIGEST) == BODY

    long_ago = time.time() - evidence.WANTED_FOR_S - 1
    os.utime(tmp_path / DIGEST[:2] / DIGEST[2:], (long_ago, long_ago))
    assert await store.forget(DIGEST)
    assert files(tmp_path) == []
    assert await store.forget(DIGEST), "it is gone, whoever removed it"


async def test_wanting_a_body_again_keeps_it(tmp_path: Path) -> None:
    store = DirectoryEvidence(tmp_path)
    await store.put(BODY, "text/html")
    os.utime(tmp_path / DIGEST[:2] / DIGEST[2:], (0, 0))
    await store.put(BODY, "text/html")
    assert not await store.forget(DIGEST)


async def test_a_dry_run_describes_and_keeps_nothing() -> None:
    store = DiscardedEvidence()
    described = await store.put(BODY, "text/html")
    assert described == Evidence.of(BODY, "text/html")
    with pytest.raises(NotFound, match=f"there is no evidence {DIGEST}"):
        await store.get(described.sha256)
