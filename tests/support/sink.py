"""A collector of traces for tests: takes what processes send by OTLP and keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Sent:
    """A span as it was sent: by which service, and its ids in bytes."""

    service: str
    name: str
    trace: bytes
    id: bytes
    parent: bytes


@dataclass
class Sink:
    """What came, each with the path it came to."""

    address: str
    came: list[tuple[str, bytes]] = field(default_factory=list)

    def spans(self) -> list[Sent]:
        """All spans."""
        return [
            Sent(
                next(a.value.string_value for a in of.resource.attributes if a.key == "service.name"),
                span.name, span.trace_id, span.span_id, span.parent_span_id,
            )
            for _, body in list(self.came)
            for of in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in of.scope_spans
            for span in scope.spans
        ]  # fmt: skip

    def texts(self) -> list[str]:
        """All that came, as text in which texts can be found."""
        return [body.decode("utf-8", "replace") for _, body in list(self.came)]


@contextmanager
def sink() -> Iterator[Sink]:
    """One on loopback, in a thread of its own."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            taken.came.append((self.path, self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        taken = Sink(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield taken
        finally:
            server.shutdown()
            thread.join()
