"""A process whose clock is wrong: what it reads of the time of day, while the timers of its loop go on as they are."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, tzinfo

import pytest


class _Alike(type):
    """What is a moment by any other clock is one by this."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


def skew(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Have all of our modules that are loaded read a clock that is wrong by so much."""

    class Wrong(datetime, metaclass=_Alike):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + by

    for name, module in list(sys.modules.items()):
        is_ours = name.partition(".")[0] in ("server", "graph", "collectors")
        if is_ours and vars(module).get("datetime") is datetime:
            monkeypatch.setattr(module, "datetime", Wrong)
