"""What a request takes from the quotas of its key, user, organization and address, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from server.auth.guesses import one_party
from server.auth.policy import Principal
from server.auth.quotas import Quotas
from server.auth.refusals import NotAuthenticated, RateLimited
from server.web.credentials import admit_request
from server.web.door import client_address
from server.web.services import Services


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


async def admitted(request: Request, points: int = 1) -> Pace:
    """Who asks, with the first points taken. Raises as `admit_request`, and RateLimited."""
    services: Services = request.app.state.services
    address = client_address(request.scope)
    try:
        caller = await admit_request(services.gate, request)
    except NotAuthenticated:
        await take_for_nobody(services.quotas, address)
        raise
    pace = Pace(services.quotas, caller, address)
    await pace.take(points)
    return pace


async def take_for_nobody(quotas: Quotas, address: str) -> None:
    """What a request takes that nobody is known to have sent. Raises RateLimited."""
    await quotas.take({"address": one_party(address)})
