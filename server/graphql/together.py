"""What each of many objects of one operation needs is read for all of them by one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from strawberry.dataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST_AT_ONCE = 500


@dataclass
class Together:
    """Gathers what fields ask for in the same turn of the loop. Nothing is kept: a subscription's context lives on."""

    _loaders: dict[str, DataLoader[Any, Any]] = field(default_factory=dict)

    async def __call__(
        self, name: str, key: K, read: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]
    ) -> V | None:
        """What `read` gives for a key; it is asked once for all keys under this name, and by whom does not matter."""
        if name not in self._loaders:

            async def load(keys: list[K]) -> list[V | None]:
                found = await read(list(dict.fromkeys(keys)))
                return [found.get(each) for each in keys]

            self._loaders[name] = DataLoader(load, max_batch_size=MOST_AT_ONCE, cache=False)
        return cast("V | None", await self._loaders[name].load(key))
