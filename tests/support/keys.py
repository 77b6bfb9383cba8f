"""The master keys of tests: always the same, since the chains of a kept database are sealed under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.vault.envelope import MasterKeys
from server.vault.keychain import open_keychain
from server.vault.keyring import Keyring
from server.vault.keys import write_keys
from server.vault.secrets import Secrets
from tests.support import keyed

MASTERS = MasterKeys("1", {"1": b"the master key of all the tests."})
AS_TEXT = write_keys(MASTERS)


def keyring() -> Keyring:
    """A keyring that holds them."""
    return Keyring.fixed(MASTERS)


async def opened(
    secrets: Secrets, org: str, source: str, names: Sequence[str]
) -> Mapping[str, str]:
    """The values that a collector of this source would be lent first, if it needed these secrets."""
    usual = keyed.registry().get(keyed.COLLECTOR).manifest
    manifest = usual.model_copy(update={"source": source, "secrets": tuple(names)})
    chain = await open_keychain(secrets, org, manifest)
    assert chain is not None
    return (await chain.lend("DomainName")).values
