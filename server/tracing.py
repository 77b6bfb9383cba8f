"""Traces by OpenTelemetry: what `graph.tracing` is told of goes to a collector of the operator's, in batches, by OTLP.

Without an address nothing is sent, and the SDK is not even imported. Spans that code of others makes by the API of
OpenTelemetry are not sent: nobody has looked at what they carry. What callers say of traces in their headers is not
heeded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graph import tracing
from graph.tracing import Attributes, Kind, Recorded
from server.version import VERSION

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span, SpanContext, Tracer

    from server.settings import RoleSettings

LONGEST = 200  # characters of a value
SENT_WITHIN_S = 5.0  # a batch; a process that ends waits so long for its last ones, too
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01")


@contextmanager
def exporting(settings: RoleSettings, role: str) -> Iterator[None]:
    """Within it, spans of this process are sent where the settings say; nothing is where they name no address."""
    if not settings.otlp_endpoint:
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - see above
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    address = f"{settings.otlp_endpoint.rstrip('/')}/v1/traces"
    sending = BatchSpanProcessor(OTLPSpanExporter(address, timeout=SENT_WITHIN_S))
    with recording(sending, role, settings.trace_ratio):
        yield


@contextmanager
def recording(processor: SpanProcessor, role: str, ratio: float = 1.0) -> Iterator[None]:
    """Within it, this share of all traces goes to `processor`, which is shut down at the end."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - takes a third of a second
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415

    about = Resource({"service.name": f"mirage-{role}", "service.version": VERSION})
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(ratio)), resource=about, shutdown_on_exit=False
    )
    provider.add_span_processor(processor)
    try:
        with tracing.record_by(_Recorder(provider.get_tracer("mirage", VERSION))):
            yield
    finally:
        provider.shutdown()


class _Recorder:
    """Makes spans of OpenTelemetry."""

    def __init__(self, tracer: Tracer) -> None:
        from opentelemetry import context, trace  # noqa: PLC0415

        self._tracer = tracer
        self._api = trace
        self._nobody = context.Context()
        self._kinds = {each.name.lower(): each for each in trace.SpanKind}

    def begin(
        self, name: str, kind: Kind, under: str | None, makers: Sequence[str]
    ) -> Recorded | None:
        """See `graph.tracing.Recorder`."""
        found = _context_of(under) if under else None
        return self.made(name, kind, found and self._api.NonRecordingSpan(found), makers)

    def made(
        self, name: str, kind: Kind, under: Span | None, makers: Sequence[str]
    ) -> Recorded | None:
        """The same under a span of OpenTelemetry."""
        context = self._nobody
        if under is not None:
            context = self._api.set_span_in_context(under, context)
        span = self._tracer.start_span(
            name,
            context,
            self._kinds[kind],
            links=[self._api.Link(found) for each in makers if (found := _context_of(each))],
        )
        return _Span(span, self) if span.is_recording() else None


class _Span:
    """A span of OpenTelemetry as ours."""

    __slots__ = ("_context", "_recorder", "_span")

    def __init__(self, span: Span, recorder: _Recorder) -> None:
        self._span = span
        self._recorder = recorder
        self._context = span.get_span_context()

    @property
    def trace_id(self) -> str:
        return f"{self._context.trace_id:032x}"

    @property
    def span_id(self) -> str:
        return f"{self._context.span_id:016x}"

    def below(self, name: str, kind: Kind, makers: Sequence[str]) -> Recorded | None:
        return self._recorder.made(name, kind, self._span, makers)

    def note(self, attributes: Attributes) -> None:
        for name, value in attributes.items():
            self._span.set_attribute(name, value[:LONGEST] if isinstance(value, str) else value)

    def link(self, maker: str) -> None:
        if found := _context_of(maker):
            self._span.add_link(found)

    def end(self, fault: str) -> None:
        if fault:
            from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 - loaded by now

            self.note({"error.type": fault})
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def _context_of(traceparent: str) -> SpanContext | None:
    """The span that a traceparent names; None for what is none, or was not recorded."""
    from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415 - loaded by now

    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None:
        return None
    context = SpanContext(int(found[1], 16), int(found[2], 16), True, TraceFlags(1))
    return context if context.is_valid else None
