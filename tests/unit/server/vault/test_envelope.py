"""Sealing and opening: only where it was put, only unchanged, under old keys and new."""

from __future__ import annotations

import pytest

from server.vault.envelope import MasterKeys, SealBroken, version_of

OLD = MasterKeys("1", {"1": b"a" * 32})
BOTH = MasterKeys("2", {"1": b"a" * 32, "2": b"b" * 32})
NEW = MasterKeys("2", {"2": b"b" * 32})


def test_what_was_sealed_opens_where_it_was_put() -> None:
    sealed = OLD.seal(b"secret", "org/name")
    assert OLD.open(sealed, "org/name") == b"secret"
    assert b"secret" not in sealed.encode()
    assert OLD.seal(b"secret", "org/name") != sealed  # never the same text twice
    with pytest.raises(SealBroken, match="put elsewhere"):
        OLD.open(sealed, "other/name")


@pytest.mark.parametrize("part", [2, 3])
def test_a_changed_text_does_not_open(part: int) -> None:
    parts = OLD.seal(b"secret", "c").split(".")
    parts[part] = ("A" if parts[part][20] != "A" else "B").join(
        (parts[part][:20], parts[part][21:])
    )
    with pytest.raises(SealBroken, match="was changed"):
        OLD.open(".".join(parts), "c")


@pytest.mark.parametrize(
    "text", ["", "secret", "v1.1.a", "v2.1.a.b", "v1.1.ä.ö", "v1.1..", "v1.1.a.b"]
)
def test_what_is_no_sealed_text_is_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        OLD.open(text, "c")


def test_a_value_moves_to_a_new_key_unseen() -> None:
    sealed = OLD.seal(b"secret", "c")
    assert BOTH.open(sealed, "c") == b"secret"
    moved = BOTH.reseal(sealed, "c")
    assert (version_of(sealed), version_of(moved)) == ("1", "2")
    assert moved.split(".")[3] == sealed.split(".")[3]
    assert NEW.open(moved, "c") == b"secret"
    assert BOTH.reseal(moved, "c") == moved
    with pytest.raises(SealBroken, match="version '1' is not here"):
        NEW.open(sealed, "c")


@pytest.mark.parametrize(
    ("current", "keys", "said"),
    [
        ("2", {"1": b"a" * 32}, "no master key of version '2'"),
        ("1", {"1": b"short"}, "32 bytes are right, not 5"),
        ("a.b", {"a.b": b"a" * 32}, "is no version"),
    ],
)
def test_keys_that_are_none(current: str, keys: dict[str, bytes], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        MasterKeys(current, keys)


def test_keys_are_not_shown() -> None:
    assert "aaaa" not in repr(OLD)
