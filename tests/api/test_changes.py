"""Mutations through HTTP: what they do, and what they tell the caller to mend."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from graph.store import Store
from tests.api.conftest import Caller

LIST = b"198.51.100.7\nhxxp://evil[.]example/x\n# a comment\nnot anything at all !!\n"


async def change(caller: Caller, mutation: str, **variables: Any) -> dict[str, Any]:
    """What the one field of a mutation gives."""
    data = await caller.ask(mutation, **variables)
    (found,) = data.values()
    result: dict[str, Any] = found
    return result


async def test_a_scan_is_accepted_listed_and_cancelled(caller: Caller) -> None:
    started = await change(
        caller,
        """mutation { startScan(input: {seeds: ["Example.COM", "192.0.2.0/30"], name: "Mine", presets: PASSIVE}) {
             run { id state name seeds reached requests spec scan { id name } answers { collector }
                   entities { totalCount nodes { distance } } } errors { message } } }""",
    )
    run = started["run"]
    assert started["errors"] == []
    assert (run["state"], run["name"], run["seeds"]) == (
        "ACCEPTED",
        "Mine",
        ["Example.COM", "192.0.2.0/30"],
    )
    assert (run["spec"]["presets"], run["answers"]) == (["passive"], [])
    assert run["entities"] == {"totalCount": 0, "nodes": []}
    again = await change(
        caller,
        "mutation A($scan: ID!) { runAgain(scan: $scan) { run { id scan { id } } errors { code } } }",
        scan=run["scan"]["id"],
    )
    assert again["run"]["scan"]["id"] == run["scan"]["id"]
    listed = await caller.ask(
        """{ runs(first: 1) { totalCount pageInfo { hasNextPage endCursor } nodes { id } }
             scans { totalCount nodes { id runs { totalCount } } } }"""
    )
    assert (listed["runs"]["totalCount"], listed["runs"]["nodes"]) == (
        2,
        [{"id": again["run"]["id"]}],
    )
    assert listed["scans"] == {
        "totalCount": 1,
        "nodes": [{"id": run["scan"]["id"], "runs": {"totalCount": 2}}],
    }
    rest = await caller.ask(
        "query R($after: String) { runs(after: $after) { nodes { id } pageInfo { hasNextPage } } }",
        after=listed["runs"]["pageInfo"]["endCursor"],
    )
    assert rest["runs"] == {"nodes": [{"id": run["id"]}], "pageInfo": {"hasNextPage": False}}
    for _ in range(2):
        ended = await change(
            caller,
            "mutation C($id: ID!) { cancelRun(id: $id) { run { state reason } errors { code } } }",
            id=run["id"],
        )
        assert ended == {"run": {"state": "CANCELLED", "reason": "cancelled"}, "errors": []}


@pytest.mark.parametrize(
    ("given", "code", "word"),
    [
        ({"seeds": []}, "INVALID_QUESTION", "seeds"),
        ({"seeds": ["not anything !!"]}, "REFUSED_VALUE", "not anything"),
        ({"seeds": ["a.example"], "maxDistance": 9}, "INVALID_QUESTION", "maxDistance"),
        ({"seeds": ["a.example"], "budget": {"minutes": 0}}, "INVALID_QUESTION", "minutes"),
        ({"seeds": ["a.example"], "exclude": ["!!"]}, "REFUSED_VALUE", "!!"),
        ({"seeds": ["a.example"], "options": {"x": 1}}, "INVALID_QUESTION", "options"),
    ],
)
async def test_a_scan_that_cannot_be_is_told_why(
    caller: Caller, given: dict[str, Any], code: str, word: str
) -> None:
    told = await change(
        caller,
        "mutation S($i: StartScanInput!) { startScan(input: $i) { run { id } errors { code message } } }",
        i=given,
    )
    assert told["run"] is None
    assert [each["code"] for each in told["errors"]] == [code]
    assert word in told["errors"][0]["message"]


async def test_an_assertion_holds_until_it_is_withdrawn(caller: Caller) -> None:
    mutation = """mutation A($i: AssertFactInput!) { assertFact(input: $i) { claim errors { code message }
      entity { holds confidence why { collector observation { reason } }
        ... on DomainName { dnsStatus resolvesTo { nodes { key } } } } } }"""
    given = {
        "entity": {"kind": "DomainName", "key": "WWW.a.example", "properties": {"dnsStatus": "resolves"}},
        "links": [
            {"type": "RESOLVES_TO", "other": {"kind": "IPAddress", "key": "192.0.2.9"}, "properties": {"rrtype": "A"}}
        ],
        "reliability": 0.75,
        "reason": "seen with my own eyes",
    }  # fmt: skip
    made = await change(caller, mutation, i=given)
    entity = made["entity"]
    assert made["errors"] == []
    assert (entity["holds"], entity["dnsStatus"]) == (True, "resolves")
    assert entity["confidence"] == 0.75
    assert entity["resolvesTo"] == {"nodes": [{"key": "192.0.2.9"}]}
    assert [each["collector"] for each in entity["why"]] == ["manual"]
    assert entity["why"][0]["observation"]["reason"] == f"{caller.email}: seen with my own eyes"
    second = await change(
        caller, mutation, i={"entity": {"kind": "DomainName", "key": "www.a.example"}}
    )
    withdraw = """mutation W($id: ID!) { withdrawFact(id: $id) { errors { code }
      entity { holds supports ... on DomainName { dnsStatus resolvesTo { totalCount } } } } }"""
    left = await change(caller, withdraw, id=made["claim"])
    assert left["entity"] == {
        "holds": True, "supports": 1, "dnsStatus": None, "resolvesTo": {"totalCount": 0},
    }  # fmt: skip
    gone = await change(caller, withdraw, id=second["claim"])
    assert (gone["entity"]["holds"], gone["errors"]) == (False, [])
    unknown = await change(caller, withdraw, id="x")
    assert unknown == {"entity": None, "errors": [{"code": "NOT_FOUND"}]}


@pytest.mark.parametrize(
    ("given", "code", "word"),
    [
        ({"entity": {"kind": "DomainName", "key": "not a name"}}, "REFUSED_VALUE", "not a name"),
        (
            {"entity": {"kind": "DomainName", "key": "a.example", "properties": {"colour": 1}}},
            "INVALID_FACT",
            "colour",
        ),
        (
            {
                "entity": {
                    "kind": "DomainName",
                    "key": "a.example",
                    "properties": {"dnsStatus": "x"},
                }
            },
            "INVALID_FACT",
            "dns_status",
        ),
        (
            {"entity": {"kind": "DomainName", "key": "a.example", "properties": []}},
            "INVALID_QUESTION",
            "object",
        ),
        (
            {
                "entity": {"kind": "DomainName", "key": "a.example"},
                "links": [
                    {
                        "type": "RESOLVES_TO",
                        "other": {"kind": "DomainName", "key": "b.example"},
                        "properties": {"rrtype": "A"},
                    }
                ],
            },
            "INVALID_FACT",
            "leads from DomainName to IPAddress",
        ),
        (
            {"entity": {"kind": "DomainName", "key": "a.example"}, "reliability": 1},
            "INVALID_FACT",
            "reliability",
        ),
    ],
)
async def test_an_assertion_that_cannot_be_is_told_why(
    caller: Caller, given: dict[str, Any], code: str, word: str
) -> None:
    told = await change(
        caller,
        "mutation A($i: AssertFactInput!) { assertFact(input: $i) { claim errors { code message } } }",
        i=given,
    )
    assert told["claim"] is None
    assert [each["code"] for each in told["errors"]] == [code]
    assert word in told["errors"][0]["message"]


async def test_labels_and_notes(caller: Caller) -> None:
    made = await change(
        caller,
        'mutation { assertFact(input: {entity: {kind: DomainName, key: "a.example"}}) { entity { id } } }',
    )
    entity = made["entity"]["id"]
    tag = """mutation T($id: ID!, $add: [String!], $remove: [String!]) {
      tag(id: $id, add: $add, remove: $remove) { entity { tags } errors { code } } }"""
    given = await change(caller, tag, id=entity, add=["owned", " vip ", "owned"])
    assert given == {"entity": {"tags": ["owned", "vip"]}, "errors": []}
    left = await change(caller, tag, id=entity, add=["x"], remove=["owned", "x"])
    assert left == {"entity": {"tags": ["vip"]}, "errors": []}
    assert (await change(caller, tag, id=entity, add=[""]))["errors"] == [
        {"code": "INVALID_QUESTION"}
    ]
    assert (await change(caller, tag, id="x", add=["x"]))["errors"] == [{"code": "NOT_FOUND"}]
    note = "mutation N($id: ID!, $t: String!) { note(id: $id, text: $t) { note { text author } errors { code } } }"
    written = await change(caller, note, id=entity, t="Look **here**.")
    assert written == {"note": {"text": "Look **here**.", "author": caller.email}, "errors": []}
    assert (await change(caller, note, id=entity, t=" "))["errors"] == [
        {"code": "INVALID_QUESTION"}
    ]
    assert (await change(caller, note, id="x", t="x"))["errors"] == [{"code": "NOT_FOUND"}]
    await change(caller, note, id=entity, t="Again.")
    read = await caller.ask(
        "query Q($id: ID!) { entity(id: $id) { tags notes { text } } }", id=entity
    )
    assert read["entity"] == {
        "tags": ["vip"],
        "notes": [{"text": "Again."}, {"text": "Look **here**."}],
    }


async def upload(caller: Caller, content: bytes, **parts: Any) -> Any:
    query = """mutation I($file: Upload!, $input: ImportFileInput) { importFile(file: $file, input: $input) {
      report { format sha256 rows rejected unmapped facts { name count } rejections { position reason } file { key } }
      errors { code message } } }"""
    operations = {"query": query, "variables": {"file": None, "input": parts.pop("input", None)}}
    sent = {
        "operations": json.dumps(operations),
        "map": json.dumps({"0": ["variables.file"]}),
        **parts,
    }
    return await caller.client.post(
        "/graphql",
        headers=caller.headers,
        data=sent,
        files={"0": ("list.txt", content, "text/plain")},
    )


async def test_a_file_is_imported_and_taken_back(caller: Caller) -> None:
    told = (await upload(caller, LIST)).json()["data"]["importFile"]
    sha256 = hashlib.sha256(LIST).hexdigest()
    assert told["errors"] == []
    report = told["report"]
    assert (report["format"], report["sha256"]) == ("indicator_list", sha256)
    assert (report["rows"], report["rejected"]) == (2, 5)
    assert {each["position"] for each in report["rejections"]} == {"line 4"}
    assert report["file"] == {"key": sha256}
    query = """{ ipAddresses { nodes { key why { collector } } } urls { nodes { key } } }"""
    found = await caller.ask(query)
    assert found["ipAddresses"]["nodes"] == [
        {"key": "198.51.100.7", "why": [{"collector": f"import:{sha256}"}]}
    ]
    assert found["urls"]["nodes"] == [{"key": "http://evil.example/x"}]
    withdraw = "mutation W($s: String!) { withdrawImport(sha256: $s) { parts errors { code } } }"
    assert (await change(caller, withdraw, s=sha256)) == {"parts": 1, "errors": []}
    assert (await caller.ask(query)) == {"ipAddresses": {"nodes": []}, "urls": {"nodes": []}}
    assert (await change(caller, withdraw, s="0" * 64))["errors"] == [{"code": "NOT_FOUND"}]


async def test_what_a_file_says_is_marked_as_it_is_handed_in(caller: Caller) -> None:
    asked = "{ ipAddresses { nodes { key marking } } }"
    await upload(caller, LIST, input={"marking": "AMBER"})
    assert (await caller.ask(asked))["ipAddresses"]["nodes"] == [
        {"key": "198.51.100.7", "marking": "AMBER"}
    ]
    await upload(caller, LIST)  # the same file, to be shared with anybody after all
    assert (await caller.ask(asked))["ipAddresses"]["nodes"] == [
        {"key": "198.51.100.7", "marking": None}
    ]


async def test_nobody_marks_what_they_could_not_read(caller: Caller, store: Store) -> None:
    await store.execute(
        "MATCH (k:ApiKey {org: $org}) SET k.clearance = 'GREEN'", {"org": caller.org}
    )
    refused = (await upload(caller, LIST, input={"marking": "RED"})).json()
    assert refused["errors"][0]["extensions"]["code"] == "NOT_PERMITTED"
    assert "marking: RED is above the clearance GREEN" in refused["errors"][0]["message"]


async def test_a_file_that_cannot_be_imported_is_told_why(caller: Caller) -> None:
    odd = (await upload(caller, LIST, input={"format": "nope"})).json()["data"]["importFile"]
    assert (odd["report"], odd["errors"][0]["code"]) == (None, "INVALID_QUESTION")
    broken = (await upload(caller, b"<nmaprun><host>", input={"format": "nmap_xml"})).json()
    assert broken["data"]["importFile"]["errors"][0]["code"] == "SOURCE_REJECTED"


@pytest.mark.parametrize(
    "parts",
    [
        {"operations": "{"},
        {"operations": "[]"},
        {"map": "{"},
        {"map": "[]"},
        {"map": '{"0": "variables.file"}'},
        {"map": '{"0": ["variables.nope.file"]}'},
        {"map": '{"0": ["query"]}'},
        {"map": '{"1": ["variables.file"]}'},
        {"map": '{"0": ["variables.input.x.0"]}'},
    ],
)
async def test_a_malformed_multipart_body_is_400(caller: Caller, parts: dict[str, str]) -> None:
    response = await upload(caller, LIST, **parts)
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_BODY")


async def test_a_multipart_body_without_its_parts_is_400(caller: Caller) -> None:
    for content, boundary in ((b"--x\r\n", "x"), (b"nonsense", "x"), (b"", "")):
        response = await caller.client.post(
            "/graphql",
            content=content,
            headers={**caller.headers, "Content-Type": f"multipart/form-data; boundary={boundary}"},
        )
        assert (response.status_code, response.json()["code"]) == (400, "INVALID_BODY")
