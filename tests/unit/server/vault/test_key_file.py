"""The file of the master keys: what is written opens again, and a broken one is told without its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.vault.keys import NoMasterKey, load_keys, new_keys, save_keys


def test_keys_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    keys, file = new_keys(), tmp_path / "state" / "master.key"
    save_keys(file, keys)

    assert load_keys(file) == keys
    assert file.stat().st_mode & 0o777 == 0o600
    assert new_keys() != keys


@pytest.mark.parametrize(
    "text",
    [
        "", "secret-text", "[]", "{}", '{"current": "1"}', '{"current": "1", "keys": []}',
        '{"current": "2", "keys": {"1": "c2VjcmV0LXRleHQ="}}', '{"current": "1", "keys": {"1": "c2VjcmV0LXRleHQ="}}',
        '{"current": "1", "keys": {"1": "secret-text"}}',
    ],
)  # fmt: skip
def test_a_broken_file_is_told_without_what_it_holds(tmp_path: Path, text: str) -> None:
    file = tmp_path / "master.key"
    file.write_text(text)

    with pytest.raises(NoMasterKey, match="is right") as told:
        load_keys(file)
    assert "secret-text" not in str(told.value)
    assert "c2VjcmV0" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoMasterKey, match="restore it from its backup"):
        load_keys(tmp_path / "none")
