"""Spans: what is recorded under what, what of it is told, and that nothing is where nobody asked for it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from pydantic import ValidationError

from graph import tracing
from graph.errors import NotPermitted, StoreUnavailable
from server.jobs.queue import dump_job, load_job
from server.settings import RoleSettings
from server.tracing import LONGEST, exporting
from server.version import VERSION
from tests.support.sink import sink
from tests.support.tracing import attributes, id_of, linked_from, trace_of, traced

ROOT = Path(__file__).parents[3]
MAKER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MADE_BY = (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331)
JOB: dict[str, Any] = {"t": 1, "f": "advance", "a": ["r"], "k": {}, "et": 1}

SETTINGS = {
    "neo4j_uri": "bolt://127.0.0.1:1",
    "neo4j_password": "hidden",
    "redis_url": "redis://127.0.0.1:1/0",
    "evidence_folder": "/nowhere",
}


def settings(**more: object) -> RoleSettings:
    return RoleSettings(**{**SETTINGS, **more})  # type: ignore[arg-type]


def test_what_is_done_within_a_span_lies_below_it() -> None:
    with traced() as spans:
        with tracing.begun("job", {"mirage.job": "collect"}, kind="consumer"):
            with tracing.statement("job/take_lease"):
                tracing.noted({"db.response.returned_rows": 3})
            with tracing.spanned("write"), tracing.statement(mode="read"):
                pass
        with tracing.begun("task"):
            pass

    top = spans.one("job")
    assert attributes(top) == {"mirage.job": "collect"}
    assert [span.name for span in spans.below(top)] == ["statement", "write"]
    assert [attributes(span) for span in spans.at_the_bottom(top)] == [
        {"db.operation.name": "write", "db.query.summary": "job/take_lease", "db.response.returned_rows": 3},
        {"db.operation.name": "read"},
    ]  # fmt: skip
    assert len(spans.traces()) == 2, "a trace for each beginning"
    assert top.resource.attributes == {"service.name": "mirage-test", "service.version": VERSION}


def test_what_belongs_to_no_question_and_no_job_is_not_recorded() -> None:
    with traced() as spans, tracing.statement("entity/get_entity"):
        assert tracing.current() is None
        assert tracing.traceparent() is None
        tracing.noted({"mirage.attempts": 1})
        tracing.linked(MAKER)

    assert list(spans) == []


def test_a_trace_that_is_not_among_the_recorded_has_no_parts_either() -> None:
    with (
        traced(ratio=0.0) as spans,
        tracing.begun("job"),
        tracing.statement("entity/get_entity"),
    ):
        assert tracing.traceparent() is None

    assert list(spans) == []


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (NotPermitted("heron.example may not be contacted"), "NOT_PERMITTED"),
        (StoreUnavailable("bolt://heron.example is away"), "STORE_UNAVAILABLE"),
        (ValueError("heron.example"), "ValueError"),
        (asyncio.CancelledError("heron.example"), "cancelled"),
    ],
)
def test_of_an_error_the_code_is_told_and_nothing_else(error: BaseException, fault: str) -> None:
    with traced() as spans, pytest.raises(type(error)), tracing.begun("job"):
        raise error

    span = spans.one("job")
    assert (attributes(span), span.status.is_ok, span.events) == ({"error.type": fault}, False, ())
    assert "heron" not in spans.told()


def test_an_error_that_is_passed_on_as_another_is_told_by_its_code() -> None:
    with traced() as spans, pytest.raises(RuntimeError), tracing.begun("job"):
        raise RuntimeError("again") from StoreUnavailable("heron")

    assert attributes(spans.one("job")) == {"error.type": StoreUnavailable.code}


def test_a_value_is_cut() -> None:
    with traced() as spans, tracing.begun("x", {"graphql.operation.name": "a" * 1000}):
        pass

    assert attributes(spans.one("x")) == {"graphql.operation.name": "a" * LONGEST}


def test_a_job_is_a_trace_of_its_own_that_is_linked_to_its_makers() -> None:
    with traced() as spans:
        with tracing.begun("question"):
            maker = tracing.traceparent()
        with tracing.begun("job", maker=maker):
            tracing.linked(MAKER)
            tracing.linked(None)

    question, job = spans.one("question"), spans.one("job")
    assert trace_of(question) != trace_of(job)
    assert job.parent is None
    assert linked_from(job) == [(trace_of(question), id_of(question)), MADE_BY]


@pytest.mark.parametrize(
    "maker",
    ["", "nonsense", MAKER[:-1] + "0", MAKER.upper(), f"00-{'0' * 32}-{'0' * 16}-01", MAKER + "\n"],
)
def test_what_is_no_traceparent_of_a_recorded_span_links_nothing(maker: str) -> None:
    with traced() as spans, tracing.begun("job", maker=maker):
        tracing.linked(maker)

    assert linked_from(spans.one("job")) == []


def test_another_process_goes_on_with_a_trace() -> None:
    with traced() as spans:
        with tracing.begun("job"):
            order = tracing.traceparent() or ""
        with tracing.continued("cell", order):
            pass
        with tracing.continued("cell of what is not recorded", ""):
            pass

    assert [span.name for span in spans] == ["job", "cell"]
    assert [span.name for span in spans.below(spans.one("job"))] == ["cell"]


def test_what_is_done_for_several_lies_below_the_first_and_is_linked_to_the_others() -> None:
    with traced() as spans:
        with tracing.begun("first"):
            first = tracing.current()
            with tracing.begun("second"):
                second = tracing.current()
                assert first
                assert second
                with tracing.shared("group", [first, second]), tracing.statement():
                    pass
        with tracing.shared("group of nobody", []):
            pass

    group = spans.one("group")
    assert spans.below(spans.one("first")) == [group]
    assert linked_from(group) == [(trace_of(spans.one("second")), id_of(spans.one("second")))]
    assert spans.named("group of nobody") == []


async def test_what_goes_on_after_the_end_is_no_part_of_it() -> None:
    async def later() -> None:
        await asyncio.sleep(0.01)
        with tracing.statement():
            pass

    with traced() as spans:
        with tracing.begun("request"):
            left = asyncio.create_task(later())
        await left
        with tracing.begun("stream"), tracing.spanned("operation"):
            tracing.over()
            with tracing.statement():
                assert tracing.current() is None

    assert [span.name for span in spans] == ["request", "operation", "stream"]


def test_lines_of_the_log_carry_the_ids() -> None:
    program = (
        "from tests.support.tracing import traced\n"
        "from graph import tracing\n"
        "from server.jobs.log import configure_logging, get_logger\n"
        "configure_logging('info', 'json')\n"
        "log = get_logger('x')\n"
        "with traced() as spans:\n"
        "    with tracing.begun('job'):\n"
        "        print(tracing.traceparent())\n"
        "        log.info('within')\n"
        "    log.info('without')\n"
    )
    done = in_a_process(program)
    within, without = map(json.loads, done.stderr.splitlines())
    assert f"00-{within['trace_id']}-{within['span_id']}-01" == done.stdout.strip()
    assert not {"trace_id", "span_id"} & set(without)


def in_a_process(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "", **environment},
    )


def test_without_an_address_nothing_is_installed() -> None:
    program = (
        "import sys\n"
        "import server.roles.api, server.roles.collector, server.jobs.cell\n"
        "from graph import tracing\n"
        "from server.settings import CollectorSettings\n"
        "from server.tracing import exporting\n"
        "with exporting(CollectorSettings(), 'collector'), tracing.begun('job'):\n"
        "    print(tracing.current(), sorted(m for m in sys.modules if m.startswith('opentelemetry')))\n"
    )
    given = {f"MIRAGE_{name.upper()}": value for name, value in SETTINGS.items()}
    # What the SDK itself would go by.
    given["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:4318"
    assert in_a_process(program, **given).stdout == "None []\n"


def test_spans_are_sent_to_the_address_and_the_last_ones_at_the_end() -> None:
    with sink() as taken:
        address = f"{taken.address}/"
        with exporting(settings(otlp_endpoint=address), "collector"), tracing.begun("job"):
            assert taken.came == []

    assert [path for path, _ in taken.came] == ["/v1/traces"]
    assert [(span.service, span.name) for span in taken.spans()] == [("mirage-collector", "job")]


def test_an_address_that_answers_nothing_holds_nobody_up_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.tracing.SENT_WITHIN_S", 0.5)
    began = time.monotonic()
    with exporting(settings(otlp_endpoint="http://127.0.0.1:9"), "collector"):
        with tracing.begun("job"):
            pass
        assert time.monotonic() - began < 2, "the SDK is loaded, and nobody waits"
        began = time.monotonic()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "address", ["localhost:4318", "grpc://x:1", "http://user:secret@x", "http://x/?key=secret"]
)
def test_an_address_without_credentials_over_http_is_right(address: str) -> None:
    with pytest.raises(ValidationError):
        settings(otlp_endpoint=address)


def test_a_job_carries_its_maker_beside_what_the_version_before_reads() -> None:
    with traced(), tracing.begun("question"):
        maker = tracing.traceparent()
        sent = dump_job(JOB)

    assert orjson.loads(sent) == orjson.loads(dump_job(JOB)) | {"tp": maker}
    assert load_job(sent)["k"] == {"maker": maker}
    assert load_job(dump_job(JOB))["k"] == {}


@pytest.mark.parametrize("maker", [7, None, {"a": 1}])
def test_a_job_whose_maker_is_no_text_is_taken_without(maker: object) -> None:
    assert load_job(orjson.dumps({**JOB, "v": 2, "tp": maker}))["k"] == {}


def test_the_list_of_attributes_has_no_place_for_what_is_confidential() -> None:
    names = " ".join(get_args(tracing.Attribute))
    for word in (
        "variable",
        "parameter",
        "header",
        "host",
        "address",
        "url",
        "user",
        "text",
        "message",
        "org",
        "path",
    ):
        assert word not in names  # fmt: skip
