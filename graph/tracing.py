"""Spans: what was done for one question or one job, each part with how long it took and how it ended.

Nothing is recorded until `record_by` names a recorder (`server.tracing` has one); until then each call costs a look at
a variable. Spans carry ids, names and counts of ours, from the closed list `Attribute`: never what people ask about,
say or keep secret, and so no parameters, variables, hosts or words of errors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from typing import Literal, Protocol

from graph.errors import MirageError

Kind = Literal["internal", "server", "client", "consumer"]
Attribute = Literal[
    "db.operation.name",  # read or write
    "db.query.summary",  # the statement's file below cypher/
    "db.response.returned_rows",
    "error.type",  # a code, or the name of an exception's class
    "graphql.operation.name",
    "graphql.operation.type",
    "http.request.method",
    "http.response.status_code",
    "mirage.answers",
    "mirage.attempts",
    "mirage.collector",
    "mirage.correlation_id",  # one of ours; never one that a caller chose
    "mirage.endpoint",
    "mirage.findings",
    "mirage.job",
    "mirage.lease",
    "mirage.outcome",
    "mirage.protocol",
    "mirage.queue",
    "mirage.rule",
    "mirage.run",
    "mirage.subjects",
    "mirage.entities",
    "mirage.pairs",
]
Attributes = Mapping[Attribute, str | int]


class Recorded(Protocol):
    """A span that is being recorded."""

    @property
    def trace_id(self) -> str:
        """The trace's id, 32 hexadecimal digits."""

    @property
    def span_id(self) -> str:
        """The span's own, 16 of them."""

    def below(self, name: str, kind: Kind, makers: Sequence[str]) -> Recorded | None:
        """A span under this one, linked to the spans of these traceparents."""

    def note(self, attributes: Attributes) -> None:
        """Set attributes; the last value counts."""

    def link(self, maker: str) -> None:
        """Link it to the span of this traceparent; a text that is none changes nothing."""

    def end(self, fault: str) -> None:
        """It is over; `fault` is a code, empty where all went well."""


class Recorder(Protocol):
    """What makes spans."""

    def begin(
        self, name: str, kind: Kind, under: str | None, makers: Sequence[str]
    ) -> Recorded | None:
        """The first span of a trace, or one under another process's, which has the traceparent `under`.

        `makers` are traceparents to link it to. None where it is not among those that are recorded.
        """


class _Open(AbstractContextManager[None]):
    """A span, current as long as its block runs."""

    __slots__ = ("_token", "is_open", "outer", "span")

    def __init__(self, span: Recorded | None, outer: _Open | None) -> None:
        self.span = span
        self.outer = outer
        self.is_open = span is not None
        self._token: Token[_Open | None] | None = None

    def __enter__(self) -> None:
        self._token = _current.set(self)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._token is not None:
            _current.reset(self._token)
        self.end(fault_of(error))

    def end(self, fault: str = "") -> None:
        """End it, once."""
        if self.is_open and self.span is not None:
            self.is_open = False
            self.span.end(fault)


_NOTHING = nullcontext()
_current: ContextVar[_Open | None] = ContextVar("span", default=None)
_recorder: Recorder | None = None


@contextmanager
def record_by(recorder: Recorder) -> Iterator[None]:
    """Within it, spans of the whole process are made by this recorder."""
    global _recorder  # noqa: PLW0603 - there is one for a process, as there is one log
    before, _recorder = _recorder, recorder
    try:
        yield
    finally:
        _recorder = before


def begun(
    name: str,
    attributes: Attributes | None = None,
    *,
    kind: Kind = "internal",
    maker: str | None = None,
) -> AbstractContextManager[None]:
    """The first span of a trace, linked to the span of the traceparent `maker`, which made the work."""
    if _recorder is None:
        return _NOTHING
    makers = (maker,) if maker else ()
    return _opened(_recorder.begin(name, kind, None, makers), None, attributes)


def continued(
    name: str, under: str, attributes: Attributes | None = None
) -> AbstractContextManager[None]:
    """A span under another process's, which has the traceparent `under`; nothing where that is empty."""
    if _recorder is None or not under:
        return _NOTHING
    return _opened(_recorder.begin(name, "internal", under, ()), None, attributes)


def spanned(
    name: str, attributes: Attributes | None = None, *, kind: Kind = "internal"
) -> AbstractContextManager[None]:
    """A span under the current one; where none is current, nothing is recorded."""
    outer = _current.get()
    if outer is None or outer.span is None or not outer.is_open:
        return _NOTHING
    return _opened(outer.span.below(name, kind, ()), outer, attributes)


def statement(name: str = "", mode: str = "write") -> AbstractContextManager[None]:
    """A span under the current one for a statement of the database, by its name where it has one."""
    told: Attributes = {"db.operation.name": mode}
    return spanned("statement", {**told, "db.query.summary": name} if name else told, kind="client")


def shared(
    name: str, owners: Sequence[Recorded], attributes: Attributes | None = None
) -> AbstractContextManager[None]:
    """A span of work that is done at once for several: under the first one's, linked to the others'."""
    if not owners:
        return _NOTHING
    first, *others = owners
    makers = [_traceparent(each) for each in others]
    return _opened(first.below(name, "internal", makers), None, attributes)


def noted(attributes: Attributes) -> None:
    """Set attributes of the current span."""
    if (span := current()) is not None:
        span.note(attributes)


def linked(maker: str | None) -> None:
    """Link the current span to the one of this traceparent, which made the work."""
    if maker and (span := current()) is not None:
        span.link(maker)


def current() -> Recorded | None:
    """The current span, if it is recorded and not over."""
    found = _current.get()
    return found.span if found is not None and found.is_open else None


def traceparent() -> str | None:
    """The current span as others carry it (W3C Trace Context); None where nothing is recorded."""
    span = current()
    return None if span is None else _traceparent(span)


def over() -> None:
    """End the current span and all above it here: what this task does from now on, perhaps for hours, is no part."""
    found = _current.get()
    while found is not None:
        found.end()
        found = found.outer


def fault_of(error: BaseException | None) -> str:
    """What is told of an exception: its code or its class, never its words."""
    if isinstance(error, MirageError):
        return error.code
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    if error is not None and isinstance(error.__cause__, MirageError):
        return error.__cause__.code
    return "" if error is None else type(error).__name__


def _opened(span: Recorded | None, outer: _Open | None, attributes: Attributes | None) -> _Open:
    if span is not None and attributes:
        span.note(attributes)
    return _Open(span, outer)


def _traceparent(span: Recorded) -> str:
    return f"00-{span.trace_id}-{span.span_id}-01"
