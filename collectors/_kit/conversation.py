"""One collector looking at one entity: which requests are open, and what the answers came to.

Pure and without time: `runner` carries the requests out and `testing` replays them, both by this.
The rules of outcomes live here and nowhere else.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors._kit.base import Collector, Request, Response
from collectors._kit.faults import Fault, KeyTrouble, fault_of
from collectors._kit.manifest import ANY_KIND, CollectorManifest
from collectors._kit.record import content_key
from collectors._kit.redaction import Redactor
from graph.errors import InvalidFact, LimitExceeded, MirageError, NotPermitted
from graph.facts import Evidence, Outcome
from graph.model.base import Entity, Fact

MAX_DEPTH = 12
MAX_FACTS = 50_000


@dataclass
class PartState:
    """What is known of one part while its requests are carried out."""

    name: str
    open_requests: int = 0
    facts: list[Fact] = field(default_factory=list)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    defect: str = ""  # the class of what was raised by mistake
    answered: int = 0
    refused: list[str] = field(default_factory=list)
    key_trouble: KeyTrouble | None = None  # the first error that is about the key that was shown

    def outcome(self) -> Outcome:
        """How looking ended, once no request of this part is open."""
        if self.errors:
            return Outcome.ERROR
        if not self.answered:
            return Outcome.SKIPPED
        return Outcome.FOUND if self.facts else Outcome.ABSENT

    @property
    def fault(self) -> Fault | None:
        """Whose fault it is that there is no answer; None where it is nobody's."""
        return min(self.faults, key=list(Fault).index, default=None)

    def failed(self, error: Exception, during: str = "") -> None:
        """Take an error; what is no error of ours is a defect of the code that was at work `during`."""
        fault = fault_of(error)
        is_ours = isinstance(error, MirageError)
        self.errors.append(str(error) if is_ours else f"defect in {during}: {error!r}")
        if fault is not None:
            self.faults.append(fault)
        if fault is Fault.DEFECT:
            self.defect = self.defect or type(error).__name__
        if isinstance(error, KeyTrouble):
            self.key_trouble = self.key_trouble or error

    def reason(self) -> str:
        """Why there is no answer; empty for FOUND and ABSENT."""
        outcome = self.outcome()
        if outcome is Outcome.ERROR:
            return "; ".join(dict.fromkeys(self.errors))
        return "; ".join(dict.fromkeys(self.refused)) if outcome is Outcome.SKIPPED else ""


@dataclass(frozen=True)
class Asked:
    """A request on its way, and how many requests led to it."""

    request: Request
    depth: int


class Conversation:
    """The requests and parts of one entity. Feed it each request's end; read `parts` when it rests.

    A part is in error as soon as one of its requests failed, or parsing its answer did; what the
    policy refuses (`NotPermitted`) is left out instead, since nobody was asked.
    """

    def __init__(self, collector: Collector, manifest: CollectorManifest, target: Entity) -> None:
        self.collector = collector
        self.manifest = manifest
        self.target = target
        self.parts: dict[str, PartState] = {}
        self._redactor = Redactor(collector.secrets.values())
        self._ready: deque[Asked] = deque()
        self._seen: set[tuple[str, str]] = set()
        self._in_hand = 0

    def begin(self) -> None:
        """Ask the collector what to ask first."""
        try:
            for request in self.collector.plan(self.target):
                self._add(request, 0)
        except Exception as error:  # a defect of one collector must not end the batch
            self._part("").failed(error, "plan")

    def take(self) -> Asked | None:
        """The next request to carry out, or None when none is waiting."""
        if not self._ready:
            return None
        self._in_hand += 1
        return self._ready.popleft()

    @property
    def is_over(self) -> bool:
        """Whether nothing is waiting or on its way."""
        return not self._ready and not self._in_hand

    @property
    def key_trouble(self) -> KeyTrouble | None:
        """What the source said of the key that it was shown; None where it accepts it."""
        return next((part.key_trouble for part in self.parts.values() if part.key_trouble), None)

    @property
    def has_answer(self) -> bool:
        """Whether any request was answered."""
        return any(part.answered for part in self.parts.values())

    def receive(self, asked: Asked, response: Response, evidence: Evidence | None = None) -> None:
        """Take the answer to `asked`: facts go to its part, further requests into the queue."""
        self._in_hand -= 1
        part = self._part(asked.request.part)
        part.open_requests -= 1
        part.answered += 1
        if evidence is not None:
            part.evidence[evidence.sha256] = evidence
        try:
            for item in self.collector.parse(response, self.target):
                if isinstance(item, Request):
                    self._add(_inheriting(item, asked.request), asked.depth + 1)
                else:
                    self._keep(part, item)
        except Exception as error:  # a defect of one collector must not end the batch
            part.failed(error, "parse")

    def fail(self, asked: Asked, error: MirageError) -> None:
        """Take the failure of `asked`."""
        self._in_hand -= 1
        part = self._part(asked.request.part)
        part.open_requests -= 1
        if isinstance(error, NotPermitted):
            part.refused.append(str(error))
        else:
            part.failed(error)

    def abandon(self, reason: str) -> None:
        """Give up what is waiting or on its way: the parts concerned are in error with `reason`."""
        self._ready.clear()
        self._in_hand = 0
        for part in self.parts.values():
            if part.open_requests:
                part.errors.append(reason)
                part.open_requests = 0

    def results(self) -> Iterator[PartState]:
        """Each part once all is over, by name; one skipped part where there was nothing to ask."""
        if not self.parts:
            yield PartState("", refused=["there is nothing to ask about this entity"])
        for name in sorted(self.parts):
            yield self.parts[name]

    def _part(self, name: str) -> PartState:
        return self.parts.setdefault(name, PartState(name))

    def _add(self, request: Request, depth: int) -> None:
        if not self.manifest.has_part(request.part):
            raise InvalidFact(
                f"{self.manifest.id}: part {request.part!r} is not among the manifest's parts"
            )
        once = (request.part, content_key(request) + request.note)
        if once in self._seen:
            return
        part = self._part(request.part)
        if depth > MAX_DEPTH:
            raise LimitExceeded(f"more than {MAX_DEPTH} requests led from one to the next")
        if len(self._seen) >= self.manifest.max_requests:
            raise LimitExceeded(
                f"more than max_requests = {self.manifest.max_requests} for one entity"
            )
        self._seen.add(once)
        part.open_requests += 1
        self._ready.append(Asked(request, depth))

    def _keep(self, part: PartState, fact: Fact) -> None:
        refuse_undeclared(fact, self.manifest, self.target)
        self._refuse_secret(fact)
        if len(part.facts) >= MAX_FACTS:
            raise LimitExceeded(f"more than {MAX_FACTS:,} facts in one part")
        part.facts.append(fact)

    def _refuse_secret(self, fact: Fact) -> None:
        """A fact that shows a secret is a defect: everybody who may read the graph would read it."""
        if not self._redactor.is_idle and self._redactor.finds(fact.model_dump_json()):
            name = fact.label if isinstance(fact, Entity) else type(fact).type
            raise InvalidFact(f"{self.manifest.id} stated a {name} that holds one of its secrets")


def refuse_undeclared(fact: Fact, manifest: CollectorManifest, target: Entity) -> None:
    """Raise InvalidFact where `fact`, or an end of it, is of a kind that `produces` does not name.

    The entity looked at may always be an end. What keys imply is not asked for: it follows from
    the key, whoever states it.
    """
    if isinstance(fact, Entity):
        names = [fact.label]
    else:
        ends = (end for end in (fact.source, fact.target) if not is_same(end, target))
        names = [type(fact).type, *(end.label for end in ends)]
    for name in names:
        if name not in manifest.produces and ANY_KIND not in manifest.produces:
            raise InvalidFact(f"{manifest.id} stated a {name}, which its manifest does not produce")


def is_same(one: Entity, other: Entity) -> bool:
    """Whether both are the same entity, whatever properties they carry."""
    return one.label == other.label and one.key == other.key


def _inheriting(request: Request, parent: Request) -> Request:
    """A follow-up belongs to its parent's part unless it names one."""
    return request if request.part else dataclasses.replace(request, part=parent.part)
