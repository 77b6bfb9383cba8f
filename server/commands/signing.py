"""`mirage key rotate-signing`: the next key that signs access tokens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from server.auth.signing import LEAD, ROTATED, SigningKeys
from server.commands.database import open_tools
from server.commands.listing import print_one
from server.settings import StackSettings


def rotate_signing(settings: StackSettings, *, at_once: bool, as_json: bool) -> int:
    """Make it and tell its name and from when it signs. Raises NoMasterKey, NotFound."""

    async def run() -> str:
        async with open_tools(settings) as tools, tools.acting(ROTATED) as act:
            act.subject = await SigningKeys(tools.store, tools.keys).rotate(at_once=at_once)
            return act.subject

    kid = asyncio.run(run())
    begins = datetime.now(UTC) + (LEAD if not at_once else LEAD * 0)
    print_one({"key": kid, "signs_from": begins}, as_json=as_json)
    return 0
