"""What a request takes from the quotas of its key, user, organization and address, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping

from server.auth.guesses import one_party
from server.auth.policy import Principal
from server.auth.quotas import Quotas
from server.auth.refusals import RateLimited


class Pace:
    """One caller at one address. `headers` tell what the last question left, or when to ask again."""

    def __init__(self, quotas: Quotas, caller: Principal, address: str) -> None:
        self.caller = caller
        self._quotas = quotas
        self._subjects = {
            "user": caller.user,
            "organization": caller.org,
            "address": one_party(address),
        }
        if not caller.session:
            self._subjects["key"] = caller.credential
        self.headers: Mapping[str, str] = {}

    async def take(self, points: int = 1) -> None:
        """Raises RateLimited where there is not so much left; 0 takes nothing."""
        if points <= 0:
            return
        try:
            self.headers = (await self._quotas.take(self._subjects, points)).headers
        except RateLimited as error:
            self.headers = error.headers
            raise


async def take_for_nobody(quotas: Quotas, address: str) -> None:
    """What a request takes that nobody is known to have sent. Raises RateLimited."""
    await quotas.take({"address": one_party(address)})
