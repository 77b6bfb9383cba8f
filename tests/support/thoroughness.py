"""How much is drawn and measured where more of it finds more, and takes longer.

`mirage test --thorough` draws more; other runs also leave out what another test does in small.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from server.commands.testing import THOROUGH
from server.settings import variable_of

IS_THOROUGH = bool(os.environ.get(variable_of(THOROUGH)))

T = TypeVar("T")


def some(of: Sequence[T], count: int) -> list[T]:
    """All where tests are thorough, else `count` of them, others in each run: what takes long is tried by turns.

    Processes that share one run draw the same. With CI set it is the same in each run: a change must not be refused
    for what another one drew by luck.
    """
    if IS_THOROUGH:
        return list(of)
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or datetime.now(UTC).date().isoformat()
    return random.Random("CI" if os.environ.get("CI") else run).sample(list(of), count)


QUESTIONS = int(os.environ.get("MIRAGE_TEST_QUESTIONS", "3" if IS_THOROUGH else "1"))
"""How many questions are drawn where the database plans the statement of each anew, which is slow."""
