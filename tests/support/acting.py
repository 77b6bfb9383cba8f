"""Operations as they are sent, and what has to be there before some of them that no operation makes."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx

from graph.model.network import DomainName
from graph.store import Store
from tests.api.conftest import Caller


async def send(
    client: httpx.AsyncClient,
    caller: Caller,
    query: str,
    variables: dict[str, Any] | None = None,
    key: str | None = None,
    file: bytes | None = None,
) -> httpx.Response:
    """Send an operation, with an idempotency key and a file as the variable `file` where they are given."""
    headers = caller.headers if key is None else {**caller.headers, "Idempotency-Key": key}
    body = {"query": query, "variables": variables or {}}
    if file is None:
        return await client.post("/graphql", json=body, headers=headers)
    sent = {
        "operations": json.dumps({**body, "variables": {"file": None}}),
        "map": json.dumps({"0": ["variables.file"]}),
    }
    files = {"0": ("list.txt", file, "text/plain")}
    return await client.post("/graphql", headers=headers, data=sent, files=files)


_FAIL = """
MATCH (r:Run {id: $run}) SET r.state = 'FINISHED', r.started_at = datetime(), r.ended_at = datetime(), r.jobs_failed = 1
MERGE (n:Entity:DomainName {id: $entity}) ON CREATE SET n.org = $org, n.key = 'heron.example', n.name = 'heron.example'
CREATE (:Lease {id: $run + '-failed', org: $org, run: $run, collector: 'dns.resolve', entities: [$entity], distance: 0,
  state: 'FAILED', reason: 'broken', requests: 0, fence: 1, attempts: 5,
  released_at: datetime(), followed_at: datetime()})
"""


async def fail_job(store: Store, org: str, run: str) -> None:
    """Let a run be over, and a job of it have failed."""
    entity = DomainName(name="heron.example").id_in(org)
    await store.execute(_FAIL, {"run": run, "org": org, "entity": entity})


_GIVE_UP = """
CREATE (:Delivery {id: $id, org: $org, channel: $channel, event: 'run.failed', tlp: '', fingerprint: 'a',
  is_test: false, sealed: 'none', state: 'DEAD', tries: 3, tries_before: 0, reason: 'HTTP 404',
  created_at: datetime(), begun_at: datetime(), ended_at: datetime()})
"""


async def give_up(store: Store, org: str, channel: str) -> str:
    """Let a delivery over a channel have been given up; its id."""
    which = str(uuid.uuid4())
    await store.execute(_GIVE_UP, {"id": which, "org": org, "channel": channel})
    return which
