"""What traces cost: the same questions at an API that records nothing and at one that records and sends everything.

Beside it, what a place costs that would make a span, while nothing is recorded: that is in every statement.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle, islice
from threading import Thread

from bench._kit.caller import Connection, api, calling
from bench._kit.figure import Figure, Goal, percentile
from bench._kit.plan import Plan
from bench._kit.servers import servers
from bench.ingest import ours
from bench.reads import AT_ONCE, SHAPES, Once, Round, answers, by_graphql, timed
from graph import tracing

OFF, ON = "off", "on"


async def measure(plan: Plan) -> Sequence[Figure]:
    """Ask both by turns for a point lookup, the request of which traces are the largest part."""
    shape = SHAPES[0]
    sink = Sink()
    with servers() as found, sink.listening() as address:
        async with AsyncExitStack() as opened:
            store = await opened.enter_async_context(found.store())
            caller = await opened.enter_async_context(calling(store))
            await ours(store, answers(), caller.org)
            ways: dict[str, Once] = {}
            for name, endpoint in ((OFF, ""), (ON, address)):
                serving = await opened.enter_async_context(api(found, otlp_endpoint=endpoint))
                connections = [
                    await Connection.open(serving.port, caller.key) for _ in range(AT_ONCE)
                ]
                for each in connections:
                    opened.callback(each.close)
                ways[name] = by_graphql(shape, connections)
            plan.say("tracing: questions")
            compared = await _compared(plan, caller.org, ways)
        # The API sends its last spans when it ends.
        assert sink.received > 0, "no span was sent"
    return [*compared, _place(plan.size(200_000, 2_000))]


async def _compared(plan: Plan, org: str, ways: dict[str, Once]) -> list[Figure]:
    """Rounds of both by turns; who begins changes, too."""
    requests, rounds = plan.size(800, 32), plan.size(9, 1)
    draw = random.Random("tracing")
    drawn = [SHAPES[0].variables(draw, org) for _ in range(requests)]
    for once in ways.values():
        await timed(once, drawn)
    done: dict[str, list[Round]] = {name: [] for name in ways}
    for order in islice(cycle(((OFF, ON), (ON, OFF))), rounds):
        for name in order:
            done[name].append(await timed(ways[name], drawn))
    took = {
        name: percentile([each * 1000 for turn in turns for each in turn.took], 0.5)
        for name, turns in done.items()
    }
    ratio = statistics.median(
        percentile(on.took, 0.5) / percentile(off.took, 0.5)
        for on, off in zip(done[ON], done[OFF], strict=True)
    )
    return [
        Figure("a question, all of it recorded, p50", took[ON], "ms", took[OFF], ratio, Goal(1.3))
    ]


def _place(times: int) -> Figure:
    """A place that makes no span, in nanoseconds; the median of five rounds."""
    rounds = []
    for _ in range(5):
        began = time.perf_counter_ns()
        for _ in range(times):
            with tracing.statement("entity/get_entity"):
                tracing.noted({"db.response.returned_rows": 1})
        rounds.append((time.perf_counter_ns() - began) / times)
    return Figure(
        "a statement's place for a span, off", statistics.median(rounds) / 1000, "µs",
        goal=Goal(5, of="value"),
    )  # fmt: skip


class Sink:
    """Takes what is sent over HTTP and says that it is well; counts its bytes. It has a thread of its own."""

    def __init__(self) -> None:
        self.received = 0

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Its address, as long as it listens."""
        sink = self

        class Taking(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                sink.received += len(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
            thread = Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()
