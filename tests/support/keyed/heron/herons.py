"""birds.herons: careless with its secret, as a collector can be."""

from __future__ import annotations

from collections.abc import Iterator

from collectors._kit.base import Collector, HttpRequest, Request, Response
from graph.errors import SourceRejected
from graph.model.base import Entity, Fact
from graph.model.network import DomainName
from graph.model.registry import make


class Herons(Collector):
    """Sends its secret in the address, and tells of it in each part."""

    id = "birds.herons"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One request for each part."""
        for part in ("rejects", "breaks", "states", "answers"):
            yield HttpRequest(
                f"https://crt.sh/?q={target.key}&output=json&{part}={self.secrets['api_key']}",
                headers=(("x-key", self.secrets["api_key"]),),
                accept_statuses=(400, 403, 404, 429, 500, 503),
                part=part,
            )

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """Whatever the answer says."""
        secret = self.secrets["api_key"]
        match response.request.part:
            case "rejects":
                raise SourceRejected(f"the key {secret} is not known")
            case "breaks":
                raise ValueError({"key": secret})
            case "states":
                yield make("URL", f"https://{target.key}/?key={secret}")
            case _:
                yield DomainName(name=f"heron.{target.key}")
