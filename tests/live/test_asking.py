"""`mirage scan`, `query` and `import`: what they ask a server, what they print, and with which exit code they end."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from graph.errors import NotFound
from server.commands import answers, documents, scan, summary
from server.commands.answers import Refusal, endpoint, endpoint_of
from server.commands.importing import import_files
from server.commands.plan import show_plan
from server.commands.query import query
from server.embedded.instance import Instance
from server.embedded.state import Phase
from server.settings import StackSettings
from tests.support.answering import Server, answering
from tests.unit.server.commands.test_up import stack_state

WANTED = {"seeds": ["orrery.example"], "presets": ["DEEP"]}
STARTED = {"data": {"startScan": {"run": {"id": "r1"}, "errors": []}}}
COUNTED = {"data": {"statistics": {
    "entities": [{"name": "DomainName", "count": 3}, {"name": "IPAddress", "count": 1}],
    "relationships": [{"name": "RESOLVES_TO", "count": 2}],
}}}  # fmt: skip


def unjudged(left: int) -> dict[str, Any]:
    return {"data": {"statistics": {"unjudgedWrites": left}}}


def run_of(state: str, done: int, left: int, reason: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": "r1", "state": state, "reason": reason, "reached": 4, "requests": 7, "jobsOpen": left,
        "jobsDone": done, "jobsFailed": 1, "answers": [], "progress": [{"reused": 2}, {"reused": 1}],
    }  # fmt: skip
    return {"data": {"run": found}}


def findings(*titles: str, more: str | None = None) -> dict[str, Any]:
    nodes = [
        {"rule": "tls.weak", "severity": "MEDIUM", "title": title, "explanation": "Because.", "openedAt": "",
         "subject": {"kind": "NetworkService", "caption": "tcp://192.0.2.1:443"}}
        for title in titles
    ]  # fmt: skip
    info = {"hasNextPage": more is not None, "endCursor": more}
    return {"data": {"findings": {"totalCount": 9, "pageInfo": info, "nodes": nodes}}}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(scan, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(summary, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(answers, "PAUSES_S", ())
    with answering() as found:
        yield found


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> StackSettings:
    return StackSettings(home=tmp_path, graphql_url=server.url, api_key=SecretStr("mk_key"))


def asked(server: Server) -> list[tuple[str, Any]]:
    """The documents and variables, in order."""
    names = {text: name for name, text in documents.named().items()}
    return [(names[body["query"]], body["variables"]) for _, body in server.seen]


def test_a_scan_is_followed_to_its_end_and_summarized(
    server: Server, settings: StackSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [
        STARTED, run_of("RUNNING", 1, 2), run_of("FINISHED", 4, 0),
        unjudged(2), unjudged(0),
        COUNTED, findings("weak one", more="c1"), findings("weak two"),
    ]  # fmt: skip

    assert scan.scan(settings, WANTED, as_json=False) == 0

    assert asked(server) == [
        ("START_SCAN", {"input": WANTED}), ("RUN", {"id": "r1"}), ("RUN", {"id": "r1"}),
        ("UNJUDGED", {}), ("UNJUDGED", {}), ("STATISTICS", {}),
        ("FINDINGS", {"first": 100, "after": None}), ("FINDINGS", {"first": 100, "after": "c1"}),
    ]  # fmt: skip
    assert {key for key, _ in server.seen} == {"Bearer mk_key"}
    told = capsys.readouterr().out
    assert "finished: 4 entities in scope, 7 lookups, 1 of 4 jobs failed" in told
    assert "3 answers were given lately and used again" in told
    assert "4 entities of 2 kinds" in told
    assert "2 relationships of 1 types" in told
    assert "2 findings, the gravest of each rule first" in told
    assert "(tls.weak, and 1 more)" in told


def test_who_follows_a_scan_is_told_that_it_is_paused_and_goes_on(
    server: Server, settings: StackSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [
        STARTED, run_of("RUNNING", 1, 2), run_of("PAUSED", 1, 2), run_of("PAUSED", 2, 1),
        run_of("RUNNING", 2, 1), run_of("FINISHED", 4, 0), unjudged(0), COUNTED, findings(),
    ]  # fmt: skip
    assert scan.scan(settings, WANTED, as_json=True) == 0
    told = capsys.readouterr().err
    assert told.count("run r1 is paused; `mirage run resume r1` lets it go on") == 1
    assert told.count("run r1 goes on") == 1


def test_a_scan_for_programs_prints_one_object(
    server: Server, settings: StackSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [
        STARTED,
        run_of("FAILED", 0, 0, "no resolver"),
        unjudged(0),
        COUNTED,
        findings("weak"),
    ]

    assert scan.scan(settings, WANTED, as_json=True) == 1, "it has not finished"

    told = json.loads(capsys.readouterr().out)
    assert set(told.pop("seconds")) == {"scan", "correlate"}
    assert told == {
        "run": "r1",
        "state": "FAILED",
        "entities": {"DomainName": 3, "IPAddress": 1},
        "relationships": {"RESOLVES_TO": 2},
        "findings": [
            {
                "rule": "tls.weak",
                "severity": "MEDIUM",
                "title": "weak",
                "subject": "tcp://192.0.2.1:443",
            }
        ],
    }


def test_what_is_wrong_with_a_scan_is_told_with_its_field(
    server: Server, settings: StackSettings
) -> None:
    errors = [
        {"field": "seeds", "message": "'x y' is not a seed"},
        {"field": None, "message": "no"},
    ]
    server.answers = [{"data": {"startScan": {"run": None, "errors": errors}}}]
    with pytest.raises(Refusal, match="seeds: 'x y' is not a seed; no"):
        scan.scan(settings, WANTED, as_json=False)


def test_a_run_that_is_gone_is_told(server: Server, settings: StackSettings) -> None:
    server.answers = [STARTED, {"data": {"run": None}}]
    with pytest.raises(Refusal, match="there is no run r1"):
        scan.scan(settings, WANTED, as_json=False)


def test_ctrl_c_cancels_the_run(
    server: Server, settings: StackSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    server.answers = [STARTED, run_of("RUNNING", 1, 2), {"data": {"cancelRun": {"errors": []}}}]
    with pytest.raises(KeyboardInterrupt):
        scan.scan(settings, WANTED, as_json=False)
    assert asked(server)[-1] == ("CANCEL_RUN", {"id": "r1"})


def test_without_a_correlator_nobody_waits_for_ever(
    server: Server, settings: StackSettings, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(summary, "STUCK_AFTER_S", 0.1)
    server.answers = [unjudged(5), *[unjudged(3)] * 1_000]
    left: list[int] = []

    summary.wait_judged(endpoint(settings), left.append)

    assert (left[0], set(left[1:])) == (5, {3})
    assert "3 writes are still to be judged by rules" in capsys.readouterr().err


ASK = "{ me { email } }"


def test_a_question_prints_the_whole_answer(
    server: Server, settings: StackSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ask.graphql"
    file.write_text(ASK)
    good = {"data": {"me": {"email": "ada@orrery.example"}}}
    server.answers = [good]

    assert query(settings, file, '{"a": 1}') == 0

    assert server.seen == [("Bearer mk_key", {"query": ASK, "variables": {"a": 1}})]
    assert json.loads(capsys.readouterr().out) == good


def test_a_question_may_come_from_the_input_and_errors_are_an_exit_code(
    server: Server, settings: StackSettings, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO(ASK))
    refused = {"errors": [{"message": "no such field"}]}
    server.answers = [refused, b"<html>a proxy</html>"]

    assert query(settings, Path("-"), "{}") == 1
    assert json.loads(capsys.readouterr().out) == refused

    assert query(settings, Path("-"), "{}") == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "mirage: HTTP 200: <html>a proxy</html>\n")


def test_files_are_sent_one_by_one_and_a_refused_one_is_an_exit_code(
    server: Server, settings: StackSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("good.txt", "bad.txt"):
        (tmp_path / name).write_text(f"the content of {name}")
    report = {"format": "indicator_list", "sha256": "ab", "rows": 1, "rejected": 0, "unmapped": 0,
              "facts": [{"name": "DomainName", "count": 1}], "rejections": []}  # fmt: skip
    done = [
        {"report": report, "errors": []},
        {"report": None, "errors": [{"field": None, "message": "the file is empty"}]},
    ]
    files = [tmp_path / "good.txt", tmp_path / "bad.txt"]
    how = {"format": "indicator_list", "marking": "GREEN"}
    for as_json in (False, True):
        server.answers = [{"data": {"importFile": each}} for each in done]
        assert import_files(settings, files, how, as_json=as_json) == 1
    told = capsys.readouterr().out
    people, _, programs = told.partition("{")
    assert "(indicator_list): 1 rows; 1 DomainName" in people
    assert "bad.txt: the file is empty" in people
    assert json.loads("{" + programs) == {
        str(file): each for file, each in zip(files, done, strict=True)
    }

    body = server.seen[0][1]
    assert 'name="map"\r\n\r\n{"0": ["variables.file"]}' in body
    assert 'filename="good.txt"' in body
    assert "the content of good.txt" in body
    sent = json.loads(body.partition('name="operations"\r\n\r\n')[2].partition("\r\n")[0])
    assert sent == {"query": documents.IMPORT_FILE, "variables": {"input": how, "file": None}}


def test_a_running_stack_says_where_it_is_and_its_key_lies_beside_it(tmp_path: Path) -> None:
    instance = Instance.of_user("default", tmp_path)
    with instance.locked():
        stack_state(Phase.READY).write(instance.state_file)
        with pytest.raises(NotFound, match=r"no owner's key in .*owner\.key"):
            endpoint_of(instance)
        instance.owner_key_file.write_text("mk_owner\n")
        found = endpoint_of(instance)
    assert (found.url, found.key) == ("http://127.0.0.1:21000/graphql", "mk_owner")


def planned(*collectors: str) -> dict[str, Any]:
    asked = [
        {"collector": each, "activity": "P1", "seeds": ["a", "b", "c", "d"], "reused": ["e"], "hosts": [],
         "secrets": [], "mostRequests": 40, "key": None, "keyUnits": 0, "workers": 0}
        for each in collectors
    ]  # fmt: skip
    left_out = [{"collector": "tls.handshake", "seed": None, "reason": "the scan names others"}]
    return {"data": {"planScan": {
        "digest": "d1", "mostRequests": 40 * len(asked), "keyUnits": 0, "later": ["dns.reverse"], "collectors": asked,
        "leftOut": left_out,
    }}}  # fmt: skip


def test_a_plan_is_shown_and_nothing_started(
    server: Server, settings: StackSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [planned("dns.resolve"), planned()]
    assert show_plan(settings, WANTED, as_json=False) == 0
    told = capsys.readouterr().out
    assert "a, b, c and 1 more" in told
    assert "none: its jobs wait" in told
    assert "40 requests at most about the seeds" in told
    assert "later, of what is found: dns.reverse" in told
    assert "the scan names others" in told
    assert show_plan(settings, WANTED, as_json=True) == 1, "nothing would be asked"
    assert json.loads(capsys.readouterr().out)["digest"] == "d1"
    assert asked(server) == [("PLAN_SCAN", {"input": WANTED})] * 2
