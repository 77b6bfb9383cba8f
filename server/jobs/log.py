"""Structured logs: one line an event, with the ids that tie it to others. Secrets and arguments stay out."""

from __future__ import annotations

import logging
from typing import Any, Literal

import structlog


def get_logger(name: str) -> Any:
    """A logger that takes keyword arguments as fields."""
    return structlog.get_logger(name)


def configure_logging(level: str, style: Literal["json", "console"], **bound: str) -> None:
    """Log to standard error in `style`, everything from `level` on; `bound` fields are in each line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(_stderr()),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(**bound)
    logging.basicConfig(
        level=max(threshold, logging.WARNING), format="%(name)s %(levelname)s %(message)s"
    )


def _stderr() -> Any:
    import sys  # noqa: PLC0415

    return sys.stderr
