"""Which findings a command is about. Small, so that the command line need not load more to name its options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Meant:
    """Findings by their ids, or without these by conditions (arguments of `Query.findings`).

    `is_confirmed` where nobody need be asked whether so many are meant.
    """

    ids: Sequence[str]
    which: Mapping[str, Any]
    is_confirmed: bool = False
