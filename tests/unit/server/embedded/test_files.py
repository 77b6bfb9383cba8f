"""Files are whole or absent; secrets are made once and readable by their owner alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.embedded.files import keep_secret, write_whole


def test_a_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "secret"

    first = keep_secret(file, prefix="mirage_")

    assert first.startswith("mirage_")
    assert len(first) > 30
    assert keep_secret(file) == first
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_secrets_differ(tmp_path: Path) -> None:
    assert keep_secret(tmp_path / "a") != keep_secret(tmp_path / "b")


def test_writing_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, "old")
    write_whole(file, "new", mode=0o600)

    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_leaves_the_old_text(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, "old")

    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "half\udc80")

    assert file.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
