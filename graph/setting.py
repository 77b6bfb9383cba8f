"""What people set for an organization: one waits for another, and changes the version that was meant."""

from __future__ import annotations

from graph.errors import Conflict
from graph.model.base import name_id
from graph.queries import configuration as queries
from graph.store import Transaction


async def hold_settings(tx: Transaction, org: str) -> queries.LockedRow:
    """Have whoever else sets something of the organization wait until the transaction ends; its configuration."""
    params = queries.LockParams(id=name_id(org, "Configuration"), org=org)
    [row] = await tx.fetch(queries.LOCK_CONFIGURATION.bind(params))
    return row


def check_expected(expects: int | None, number: int) -> None:
    """Raise Conflict unless the version that is there is the one that was meant; None means whichever it is."""
    if expects not in (None, number):
        raise Conflict(
            f"expects: version {expects} was meant to be changed, and {number} is there now"
        )
