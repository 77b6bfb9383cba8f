"""Which passwords are taken, how they are kept, and that checking them delays nobody else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import argon2
import pytest

from server.auth import passwords
from server.auth.passwords import Passwords, check_rules
from server.auth.refusals import HashingBusy, WeakPassword

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
ABOUT = ("jane.doering@heron.example", "Jane Döring")


@pytest.fixture
def hashing() -> Iterator[Passwords]:
    made = Passwords(CHEAP)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "12 to 256"),
        ("elevenchars", "12 to 256"),
        ("x" * 257, "12 to 256"),
        ("aaaaaaaaaaaaaaaa", "repeats itself"),
        ("abababababababab", "repeats itself"),
        ("abcdeabcdeabcde", "repeats itself"),
        ("111122223333", "repeats itself"),
        ("123456789012", "a row"),
        ("abcdefghijkl", "a row"),
        ("zyxwvutsrqponm", "a row"),
        ("qwertyuiop12", "a row"),
        ("jane.doering-1", "address or name"),
        ("I am Heron 4 you", "address or name"),
        ("DÖRINGS secret!", "address or name"),
        ("Password2024!!", "others try first"),
        ("p4$$w0rd-p4$$w0rd!", "others try first"),
        ("passwordpassword1", "others try first"),
        ("Welcome-Admin-99", "others try first"),
        ("LetMeIn!Test", "others try first"),
        ("correct horse battery staple", "others try first"),
        ("31415926535897", "others try first"),
        ("!!!!!!!?????###$$%", "others try first"),
    ],
)
def test_what_others_would_guess_is_refused(password: str, said: str) -> None:
    with pytest.raises(WeakPassword, match=said):
        check_rules(password, about=ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "twelve-chars",
        "violin gravel teapot",
        "Füße auf Kopfsteinpflaster",
        "ひみつの合言葉はとても長い",
        "z8)Kq-2_vT+w",
        "password of the lighthouse keeper",
        "jan eats rye",  # a part of the name that is shorter than four letters
        "x" * 5 + "".join(chr(0x4E00 + n) for n in range(251)),
    ],
)
def test_long_ones_of_any_kind_are_taken(password: str) -> None:
    check_rules(password, about=ABOUT)


async def test_only_the_right_password_is_right(hashing: Passwords) -> None:
    kept = await hashing.hash_password("violin gravel teapot")

    assert kept.startswith("$argon2id$")
    assert "violin" not in kept
    assert await hashing.verify("violin gravel teapot", kept)
    for wrong in ("violin gravel teapo", "Violin gravel teapot", "violin gravel teapot ", ""):
        assert not await hashing.verify(wrong, kept)
    assert not await hashing.verify("violin gravel teapot", "no hash at all")
    assert await hashing.hash_password("violin gravel teapot") != kept


async def test_a_password_is_the_same_on_every_keyboard(hashing: Passwords) -> None:
    kept = await hashing.hash_password("Füße im Kies")  # ü as one character

    assert await hashing.verify("Fu\u0308ße im Kies", kept)


async def test_nobodys_password_is_never_right_though_it_is_checked(hashing: Passwords) -> None:
    checked: list[str] = []
    real = hashing._is_same

    def watched(given: str, kept: str) -> bool:
        checked.append(kept)
        return real(given, kept)

    hashing._is_same = watched  # type: ignore[method-assign]

    assert not await hashing.verify("nobody has this password", None)
    assert len(checked) == 1


async def test_a_hash_of_weaker_parameters_is_to_be_made_anew(hashing: Passwords) -> None:
    kept = await hashing.hash_password("violin gravel teapot")
    stronger = Passwords(argon2.PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))

    assert not hashing.should_rehash(kept)
    assert stronger.should_rehash(kept)
    assert await stronger.verify("violin gravel teapot", kept)
    stronger.close()


async def test_the_loop_goes_on_while_passwords_are_checked(
    hashing: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: str) -> bool:
        time.sleep(0.05)
        return False

    monkeypatch.setattr(hashing, "_is_same", slow)
    started = time.monotonic()
    checking = [asyncio.create_task(hashing.verify("x", "y")) for _ in range(6)]
    turns = 0
    while not all(task.done() for task in checking):
        await asyncio.sleep(0.005)
        turns += 1

    assert turns > 10
    # Six at two at a time are three rounds: the threads are no more than that.
    assert time.monotonic() - started >= 3 * 0.05


async def test_too_many_at_once_are_refused_rather_than_kept(
    hashing: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "MOST_WAITING", 3)
    ended = await asyncio.gather(
        *(hashing.hash_password("violin gravel teapot") for _ in range(5)), return_exceptions=True
    )

    assert [type(each) for each in ended] == [str, str, str, HashingBusy, HashingBusy]
    assert await hashing.hash_password("violin gravel teapot")
