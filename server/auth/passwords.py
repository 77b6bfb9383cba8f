"""Passwords: which are taken, and how they are kept.

The rules follow NIST SP 800-63B: length counts, any character is right, nothing has to be mixed, nothing expires; what
others would guess first is refused. Kept is an Argon2id hash. Hashing takes a tenth of a second and 64 MiB on purpose,
so it runs in a few threads of its own: a thousand attempts to sign in queue there and delay nobody else.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2
from argon2.exceptions import Argon2Error, InvalidHashError

from server.auth.refusals import HashingBusy, WeakPassword

T = TypeVar("T")

SHORTEST, LONGEST = 12, 256
FEWEST_CHARACTERS = 5
AT_ONCE = 2
MOST_WAITING = 60

USUAL = argon2.PasswordHasher(time_cost=2, memory_cost=64 * 1024, parallelism=1)
"""RFC 9106's second choice in memory; one lane, since each hash has one thread of two."""

# What is left of a password once digits, signs and case are taken away must be more than these in a row.
COMMON = (
    "password", "passwort", "passphrase", "motdepasse", "contrasena", "parola", "secret", "geheim", "welcome",
    "willkommen", "letmein", "changeme", "default", "administrator", "admin", "root", "user", "login", "master",
    "monkey", "dragon", "football", "baseball", "sunshine", "princess", "iloveyou", "trustno", "shadow", "superman",
    "batman", "starwars", "whatever", "freedom", "summer", "winter", "spring", "autumn", "january", "february",
    "december", "monday", "friday", "qwertyuiop", "qwertzuiop", "azertyuiop", "qwerty", "qwertz", "azerty",
    "asdfghjkl", "asdfgh", "zxcvbnm", "yxcvbnm", "qazwsxedc", "qazwsx", "abcdef", "abcd", "abc", "test", "temp",
    "guest", "company", "mirage", "correcthorsebatterystaple",
)  # fmt: skip
RUNS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl",
    "zxcvbnm", "yxcvbnm",
)  # fmt: skip
_LOOKALIKES = str.maketrans("0134578@$", "oleastbas")


def check_rules(password: str, *, about: Iterable[str] = ()) -> None:
    """Refuse a new password that is easy to guess. `about` is what people know of the owner: address, names.

    Raises WeakPassword saying what is wrong.
    """
    text = canonical(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise WeakPassword(f"a password has {SHORTEST} to {LONGEST} characters")
    folded = text.casefold()
    if len(set(folded)) < FEWEST_CHARACTERS or _repeats(folded):
        raise WeakPassword("the password repeats itself; take one with more different characters")
    if _is_run(folded):
        raise WeakPassword("the password is a row of the alphabet or the keyboard")
    if any(word in folded for word in _words(about)):
        raise WeakPassword("the password contains your address or name")
    if _is_common(folded):
        raise WeakPassword("the password is made of what others try first; take unrelated words")


def canonical(password: str) -> str:
    """The password in one way of writing, so that every keyboard makes the same of it (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def _repeats(text: str) -> bool:
    """Whether a text is a short piece again and again."""
    return re.fullmatch(r"(.{1,6}?)\1+.{0,5}", text, re.DOTALL) is not None


def _is_run(text: str) -> bool:
    """Whether most of a text goes along one row, forwards or backwards."""
    rows = [*RUNS, *(row[::-1] for row in RUNS)]
    pairs = sum(any(text[i : i + 2] in row for row in rows) for i in range(len(text) - 1))
    return pairs >= 0.8 * (len(text) - 1)


def _words(about: Iterable[str]) -> set[str]:
    parts = {part for text in about for part in re.split(r"[^\w]+", canonical(text).casefold())}
    return {part for part in parts if len(part) >= 4}


def _is_common(text: str) -> bool:
    """Whether nothing but common words is left without digits and signs, or with the letters they stand for."""
    return any(
        _is_made_of_common(re.sub(r"[\W\d_]+", "", each))
        for each in (text, text.translate(_LOOKALIKES))
    )


def _is_made_of_common(letters: str) -> bool:
    reached = {0}
    for start in range(len(letters)):
        if start in reached:
            reached |= {start + len(word) for word in COMMON if letters.startswith(word, start)}
    return len(letters) in reached


class Passwords:
    """Hashes and checks passwords, `AT_ONCE` at a time. One per process."""

    def __init__(self, hasher: argon2.PasswordHasher = USUAL) -> None:
        self._hasher = hasher
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0
        # Checked where there is no account, so that the answer takes as long.
        self._nobodys = hasher.hash("nobody has this password")

    async def hash_password(self, password: str) -> str:
        """What is kept of a password. Raises HashingBusy."""
        return await self._run(lambda: self._hasher.hash(canonical(password)))

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether this is the password of which `kept` is kept; it takes as long without one. Raises HashingBusy."""
        given = canonical(password)[: LONGEST + 1]
        return await self._run(lambda: self._is_same(given, kept or self._nobodys)) and bool(kept)

    def should_rehash(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than those of now."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        """Let the threads end once they are idle."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_same(self, given: str, kept: str) -> bool:
        try:
            return self._hasher.verify(kept, given)
        except (Argon2Error, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise HashingBusy("too many passwords are being checked; try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
