"""Who may be written to by mail for an organization: its members, and whoever the operator allows by their domain."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from graph.errors import Refused
from graph.facts import MARKINGS
from graph.model.values.contact import EMAIL
from graph.queries.channel import GET_RECIPIENT, RecipientParams
from graph.store import Store


@dataclass(frozen=True)
class Mailboxes:
    """Mailboxes of members, as far as they are cleared, and those in `domains`, in lower case."""

    store: Store
    domains: Collection[str] = ()

    async def refusal(self, org: str, address: str, tlp: str) -> str:
        """Why nothing marked so may be sent to an address for an organization; empty if it may."""
        try:
            known_by = EMAIL(address)
        except Refused as error:
            return str(error)
        if known_by.rpartition("@")[2] in self.domains:
            return ""
        params = RecipientParams(org=org, email=known_by)
        row = await self.store.fetch_one(GET_RECIPIENT.bind(params))
        if row is None:
            return f"{address} is no member's address, and in no domain that the operator allows"
        if MARKINGS.index(tlp) > MARKINGS.index(row.clearance):
            return f"{address} is cleared up to {row.clearance} only"
        return ""
