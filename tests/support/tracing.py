"""Spans as they would be sent, kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from server.tracing import recording


@dataclass(frozen=True)
class Spans:
    """The spans that are over, in the order in which they ended."""

    kept: InMemorySpanExporter

    def __iter__(self) -> Iterator[ReadableSpan]:
        return iter(self.kept.get_finished_spans())

    def named(self, name: str) -> list[ReadableSpan]:
        """Those of a name."""
        return [span for span in self if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        """The only one of a name."""
        (found,) = self.named(name)
        return found

    def traces(self) -> set[int]:
        """The ids of all traces."""
        return {trace_of(span) for span in self}

    def below(self, top: ReadableSpan) -> list[ReadableSpan]:
        """The spans right under one."""
        return [s for s in self if s.parent is not None and s.parent.span_id == id_of(top)]

    def at_the_bottom(self, top: ReadableSpan) -> list[ReadableSpan]:
        """The spans under one, through any others, that have none below themselves."""
        found = []
        for span in self.below(top):
            found += self.at_the_bottom(span) or [span]
        return found

    def told(self) -> str:
        """All that would be sent of them, but for times."""
        return "\n".join(span.to_json() for span in self)


def attributes(span: ReadableSpan) -> dict[str, object]:
    """A span's attributes."""
    return dict(span.attributes or {})


def trace_of(span: ReadableSpan) -> int:
    """The id of its trace."""
    assert span.context is not None
    return int(span.context.trace_id)


def id_of(span: ReadableSpan) -> int:
    """Its own id."""
    assert span.context is not None
    return int(span.context.span_id)


def linked_from(span: ReadableSpan) -> list[tuple[int, int]]:
    """Trace and span of each span that it is linked to."""
    return [(link.context.trace_id, link.context.span_id) for link in span.links]


@contextmanager
def traced(ratio: float = 1.0) -> Iterator[Spans]:
    """Within it, this process records spans."""
    kept = InMemorySpanExporter()
    with recording(SimpleSpanProcessor(kept), "test", ratio):
        yield Spans(kept)
