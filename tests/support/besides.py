"""What an API does by a clock of its own, beside what it is asked: nobody knows before or after what it comes."""

from __future__ import annotations

import asyncio
from types import CoroutineType

from graph.store import Store
from server.accounts.uses import Uses
from server.graphql.watches.watcher import Watcher

_BESIDES = {each.__qualname__ for each in (Watcher.run, Watcher._look, Uses._write)}


def is_besides() -> bool:
    """Whether the task looks at watches, or notes when keys were used."""
    task = asyncio.current_task()
    coroutine = task and task.get_coro()
    return isinstance(coroutine, CoroutineType) and coroutine.__qualname__ in _BESIDES


class CountingStore(Store):
    """A store whose statements are counted but for those."""

    _counted = 0

    @property
    def statements(self) -> int:
        """How many statements it has sent."""
        return self._counted

    @statements.setter
    def statements(self, count: int) -> None:
        if not is_besides():
            self._counted = count
