"""What people say of how much assets matter. It is kept apart from the facts, and changes none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graph.correlate.acts import check_comment, each_once
from graph.correlate.risk import LIMITS, Criticality, weigh
from graph.errors import NotFound
from graph.model.base import name_id
from graph.queries import risk as queries
from graph.store import Store, Transaction


@dataclass(frozen=True)
class Rating:
    """What somebody says at a moment of entities that they may read."""

    store: Store
    org: str
    by: str
    now: datetime
    readable: list[str] | None = None

    async def rate(
        self, entities: Sequence[str], criticality: Criticality | None, reason: str = ""
    ) -> list[str]:
        """Say how much entities matter, None for nothing any more, and weigh what it concerns; of all, or of none.

        Gives the ids of findings that are weighed otherwise now. Raises NotFound, InvalidQuestion.
        """
        wanted = each_once(entities, "entities")
        check_comment(reason)

        async def work(tx: Transaction) -> list[str]:
            known = queries.WhichEntitiesParams(org=self.org, ids=wanted, readable=self.readable)
            found = {row.id for row in await tx.fetch(queries.FIND_RATABLE.bind(known))}
            if missing := sorted({*wanted} - found):
                raise NotFound(f"there is no entity {missing[0]}")
            await self._state(tx, wanted, criticality, reason.strip())
            below = await tx.fetch(queries.FIND_BELOW.bind(queries.CommonParams(ids=wanted)))
            return await weigh(tx, [row.id for row in below])

        changed, _ = await self.store.transact(work, limits=LIMITS)
        return changed

    async def _state(
        self, tx: Transaction, entities: Sequence[str], criticality: Criticality | None, reason: str
    ) -> None:
        ids = {each: name_id(self.org, "AssetRating", each) for each in entities}
        if criticality is None:
            await tx.fetch(queries.DELETE_RATINGS.bind(queries.UnrateParams(ids=[*ids.values()])))
            return
        params = queries.RateParams(
            org=self.org, ratings=[{"id": ids[each], "entity": each} for each in entities], criticality=criticality,
            reason=reason, by=self.by, now=self.now,
        )  # fmt: skip
        await tx.fetch(queries.UPSERT_RATINGS.bind(params))
