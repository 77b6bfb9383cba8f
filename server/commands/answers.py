"""Asking the running stack over HTTP, as any other client would: GraphQL with the owner's key."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from graph.errors import InvalidQuestion, MirageError, NotFound, StoreUnavailable
from server.commands import attach
from server.embedded.instance import Instance
from server.settings import StackSettings

LIMIT_S = 60.0
PAUSES_S = (1.0, 3.0)
PASSING = frozenset({"STORE_UNAVAILABLE", "STORE_OVERLOADED", "LIMIT_EXCEEDED"})


class Refusal(MirageError):
    """The server answered with errors; the message holds theirs, `codes` their stable words."""

    code = "REFUSED"

    def __init__(self, text: str, codes: Iterable[str] = ()) -> None:
        super().__init__(text)
        self.codes = frozenset(codes)


@dataclass(frozen=True)
class Endpoint:
    """A GraphQL address and the key for it."""

    url: str
    key: str

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The `data` of the answer; `Refusal` if there are errors.

        A question (not a mutation) is asked again while a server that has just started or is very
        busy does not manage to answer in time.
        """
        body = {"query": document, "variables": variables or {}}
        for pause_s in () if document.lstrip().startswith("mutation") else PAUSES_S:
            try:
                return _data(self.answer(json=body))
            except Refusal as refusal:
                if not refusal.codes & PASSING:
                    raise
            time.sleep(pause_s)
        return _data(self.answer(json=body))

    def nodes(self, document: str, variables: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """All that a document with one connection gives, page after page; it takes `after`."""
        after: str | None = None
        while True:
            (page,) = self.ask(document, {**variables, "after": after}).values()
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]

    def change(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of a document with one mutation; `Refusal` with all that is to be mended, if anything is."""
        (payload,) = self.ask(document, variables).values()
        if payload["errors"]:
            raise Refusal("; ".join(str(error["message"]) for error in payload["errors"]))
        return dict(payload)

    def send_file(self, document: str, file: Path, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Send a file as the variable `file` beside others, by the GraphQL multipart request form."""
        operations = json.dumps({"query": document, "variables": {**variables, "file": None}})
        form = {"operations": operations, "map": json.dumps({"0": ["variables.file"]})}
        with file.open("rb") as content:
            return _data(self.answer(data=form, files={"0": (file.name, content)}))

    def follow(
        self, document: str, variables: Mapping[str, Any]
    ) -> Generator[dict[str, Any], None, None]:
        """The events of a document with one subscription, as they come, until the server ends it.

        Raises Refusal, and StoreUnavailable where the connection is lost.
        """
        headers = {"Authorization": f"Bearer {self.key}", "Accept": "text/event-stream"}
        body = {"query": document, "variables": variables}
        asked = httpx.stream(
            "POST", self.url, headers=headers, json=body, timeout=LIMIT_S, trust_env=False
        )
        try:
            with asked as response:
                if not response.headers["content-type"].startswith("text/event-stream"):
                    response.read()
                    _data(response)
                for line in response.iter_lines():
                    if line.startswith("data: "):
                        (event,) = _told(json.loads(line.removeprefix("data: "))).values()
                        yield event
        except httpx.TransportError as problem:
            raise StoreUnavailable(f"{self.url} does not answer: {problem}") from problem

    def answer(self, **body: Any) -> httpx.Response:
        """The raw answer to a POST."""
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            return httpx.post(self.url, headers=headers, timeout=LIMIT_S, trust_env=False, **body)
        except httpx.TransportError as problem:
            raise StoreUnavailable(f"{self.url} does not answer: {problem}") from problem


def endpoint(settings: StackSettings) -> Endpoint:
    """The address that is set, else the running stack's."""
    if settings.graphql_url:
        return Endpoint(settings.graphql_url, settings.api_key.get_secret_value())
    return endpoint_of(attach.running_instance(settings))


def endpoint_of(instance: Instance) -> Endpoint:
    """The address and the owner's key of a running stack."""
    address = attach.running_state(instance).addresses["graphql"]
    try:
        key = instance.owner_key_file.read_text(encoding="utf-8").strip()
    except FileNotFoundError as problem:
        raise NotFound(f"there is no owner's key in {instance.owner_key_file}") from problem
    return Endpoint(address, key)


def _data(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError as problem:
        raise Refusal(f"HTTP {response.status_code}: {response.text[:300]}") from problem
    if not isinstance(answer, dict):
        raise Refusal(f"HTTP {response.status_code}: the answer is not an object")
    if "data" not in answer and "errors" not in answer:
        text = f"HTTP {response.status_code}: {answer.get('detail') or answer}"
        raise Refusal(text, [answer.get("code", "")])
    return _told(answer)


def _told(answer: Mapping[str, Any]) -> dict[str, Any]:
    if errors := answer.get("errors"):
        codes = (error.get("extensions", {}).get("code", "") for error in errors)
        raise Refusal("; ".join(str(error.get("message", error)) for error in errors), codes)
    return dict(answer["data"])


def read_variables(text: str) -> dict[str, Any]:
    """Variables given as JSON text."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as problem:
        raise InvalidQuestion(f"the variables are not JSON: {problem}") from problem
    if not isinstance(found, dict):
        raise InvalidQuestion('the variables are not a JSON object such as {"name": "value"}')
    return found
