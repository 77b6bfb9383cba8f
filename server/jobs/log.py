"""Structured logs: one line an event, with the ids that tie it to others. Secrets and arguments stay out.

Whoever works with a secret hides it (`hidden`) meanwhile: then it is taken out of whatever is logged, wherever from.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import structlog

from collectors._kit.redaction import Redactor
from graph.tracing import current


class _Hiding:
    """The texts that are hidden, by how many hide them, and what takes them out."""

    def __init__(self) -> None:
        self.texts: Counter[str] = Counter()
        self.redactor = Redactor(())

    def add(self, texts: Iterable[str]) -> None:
        self.texts.update(texts)
        self.redactor = Redactor(self.texts)

    def drop(self, texts: Iterable[str]) -> None:
        self.texts.subtract(texts)
        self.texts = +self.texts
        self.redactor = Redactor(self.texts)


_hiding = _Hiding()


@contextmanager
def hidden(secrets: Iterable[str]) -> Iterator[None]:
    """Within it, these texts are taken out of every line that this process logs."""
    texts = list(secrets)
    if not texts:
        yield
        return
    _hiding.add(texts)
    try:
        yield
    finally:
        _hiding.drop(texts)


def hide_for_good(secrets: Iterable[str]) -> None:
    """Take these texts out of every line from now on."""
    _hiding.add(secrets)


def concealed(line: str) -> str:
    """A line without what is hidden."""
    return _hiding.redactor.text(line)


class _Formatter(logging.Formatter):
    """Lines of libraries, traces included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return concealed(super().format(record))


def get_logger(name: str) -> Any:
    """A logger that takes keyword arguments as fields."""
    return structlog.get_logger(name)


def configure_logging(level: str, style: Literal["json", "console"], **bound: str) -> None:
    """Log to standard error in `style`, everything from `level` on; `bound` fields are in each line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _with_span,
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

    def render(logger: Any, name: str, event: Any) -> str:
        return concealed(renderer(logger, name, event))

    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(_stderr()),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(**bound)
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler])


def _with_span(_logger: Any, _name: str, event: Any) -> Any:
    """The ids by which traces know what this line is part of."""
    if (span := current()) is not None:
        event |= {"trace_id": span.trace_id, "span_id": span.span_id}
    return event


def _stderr() -> Any:
    import sys  # noqa: PLC0415

    return sys.stderr
