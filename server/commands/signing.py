"""`mirage key rotate-signing`: the next key that signs access tokens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from server.auth.signing import LEAD, SigningKeys
from server.commands.database import master_key_file, open_database
from server.commands.listing import print_one
from server.settings import StackSettings
from server.vault.keys import load_keys


def rotate_signing(settings: StackSettings, *, at_once: bool, as_json: bool) -> int:
    """Make it and tell its name and from when it signs. Raises NoMasterKey, NotFound."""
    masters = load_keys(master_key_file(settings))

    async def run() -> str:
        async with open_database(settings) as store:
            return await SigningKeys(store, masters).rotate(at_once=at_once)

    kid = asyncio.run(run())
    begins = datetime.now(UTC) + (LEAD if not at_once else LEAD * 0)
    print_one({"key": kid, "signs_from": begins}, as_json=as_json)
    return 0
