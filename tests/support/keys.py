"""The master keys of tests: always the same, since the chains of a kept database are sealed under them."""

from __future__ import annotations

from server.vault.envelope import MasterKeys
from server.vault.keyring import Keyring
from server.vault.keys import write_keys

MASTERS = MasterKeys("1", {"1": b"the master key of all the tests."})
AS_TEXT = write_keys(MASTERS)


def keyring() -> Keyring:
    """A keyring that holds them."""
    return Keyring.fixed(MASTERS)
