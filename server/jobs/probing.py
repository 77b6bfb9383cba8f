"""A trial call of a collector about one entity, outside any run: it writes nothing to the graph.

The API leaves a question in Redis and waits; a collector process takes it, asks the source under the policy of all
requests, and leaves the answer there. Both are sealed under the master keys and soon gone: they hold what may be
confidential, nobody needs them afterwards, and a call that is lost with Redis is made again by whoever asked. The
job itself carries an id and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from arq.connections import ArqRedis
from pydantic import BaseModel, ConfigDict
from redis.exceptions import RedisError

from collectors._kit.base import Request
from collectors._kit.egress import Asker, Egress
from collectors._kit.evidence import DiscardedEvidence
from collectors._kit.faults import Fault
from collectors._kit.keys import Keyed
from collectors._kit.pages import Exchange
from collectors._kit.redaction import redact
from collectors._kit.registry import Registry
from collectors._kit.runner import Batch, Runner
from graph.errors import MirageError, StoreUnavailable
from graph.facts import Answer, Content, Outcome
from graph.model.base import Entity
from graph.model.registry import make
from server.configuration.kept import Configurations
from server.configuration.rules import Rules
from server.jobs.log import get_logger, hidden
from server.jobs.presence import living
from server.jobs.queue import hint_probe
from server.jobs.routing import Routes
from server.jobs.scope import Scope
from server.modules.settings import UNSET, Settings
from server.vault.envelope import Sealing
from server.vault.keychain import Keychain, open_keychain
from server.vault.secrets import Secrets

PREFIX = "mirage:probe:"
KEPT_S = 90
BEGUN_WITHIN_S = 20
DEADLINE_S = 30
MOST_FACTS = 20
_SLACK_S = 5

# Of the outcomes of its parts, that of the whole: the first of these that one of them has.
_RANK = (Outcome.FOUND, Outcome.ERROR, Outcome.ABSENT, Outcome.SKIPPED)

log = get_logger(__name__)


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Sent):
    """Which collector is to be asked about what, for which organization."""

    org: str
    collector: str
    kind: str
    key: str
    with_key: str = ""  # the id of the only key to ask with


class Stated(_Sent):
    """A fact that the collector would state: a kind with a key, or a type with the keys of both ends."""

    name: str
    key: str
    target: str | None = None
    tlp: str = ""


class Told(_Sent):
    """What came of a trial call. `facts` are at most MOST_FACTS of `count`; `error` is empty where all went well.

    `fault` says whose fault that is, where it is somebody's.
    """

    # While Mirage is renewed, a newer process may tell more than this one knows.
    model_config = ConfigDict(frozen=True, extra="ignore")

    outcome: Outcome
    facts: tuple[Stated, ...] = ()
    count: int = 0
    requests: int = 0
    milliseconds: int = 0
    error: str = ""
    fault: Fault | None = None


@dataclass
class Counted:
    """Counts what is asked of an egress, and lets nothing be kept of the answers. Retries are not counted."""

    egress: Egress
    requests: int = 0

    def __post_init__(self) -> None:
        self.egress = replace(self.egress, evidence=DiscardedEvidence())

    async def fetch(self, request: Request, asker: Asker) -> Exchange:
        """The answer to `request`."""
        self.requests += 1
        return await self.egress.fetch(request, asker)


@dataclass(frozen=True)
class OwnScope:
    """The scope of a scan of one entity: what it covers may be contacted, and nothing else."""

    scope: Scope

    @classmethod
    def of(cls, entity: Entity) -> OwnScope:
        """That of a scan with this seed and the usual rules."""
        scope = Scope(Rules.of([entity]), Rules(), max_distance=1)
        scope.take(entity, 0)
        return cls(scope)

    async def refusal(self, host: str, port: int | None = None) -> str:
        """Why `host` may not be contacted; empty if it may."""
        return self.scope.refusal(host, port)

    async def exclusion(self, address: str) -> str:  # noqa: ARG002 - it excludes nothing
        """Why `address` may not be contacted; it always may."""
        return ""


async def ask(
    queue: ArqRedis, keys: Sealing, probe: str, question: Question, pinned: int = 0
) -> Told | None:
    """Have a collector process make the trial call `probe`; None where none took it in time.

    Raises StoreUnavailable where Redis does not answer.
    """
    sealed = keys.seal(question.model_dump_json().encode(), _place(probe, "question"))
    with _translated():
        await queue.set(PREFIX + probe, sealed, ex=KEPT_S)
        where = Routes.of(await living(queue)).to(question.collector, pinned)
        await hint_probe(queue, probe, BEGUN_WITHIN_S, where or "")
        patience = BEGUN_WITHIN_S + DEADLINE_S + _SLACK_S
        waiting = queue.blpop([_answer_key(probe)], timeout=patience)
        found = await cast("Awaitable[tuple[bytes, bytes] | None]", waiting)
    if found is None:
        return None
    return Told.model_validate_json(keys.open(found[1].decode(), _place(probe, "answer")))


@dataclass
class Probing:
    """What a collector process makes trial calls with."""

    queue: ArqRedis
    egress: Egress
    registry: Registry
    secrets: Secrets

    async def carry_out(self, probe: str) -> str:
        """Make the trial call `probe` and leave its answer: told, or gone where somebody else had it before."""
        sealed = await self.queue.getdel(PREFIX + probe)
        if sealed is None:
            return "gone"
        keys = self.secrets.keys
        opened = keys.open(sealed.decode(), _place(probe, "question"))
        told = await self._asked(Question.model_validate_json(opened))
        # Without what is as usual, so that processes read it, too, that do not know of it yet.
        written = told.model_dump_json(exclude_defaults=True)
        answer = keys.seal(written.encode(), _place(probe, "answer"))
        await cast("Awaitable[int]", self.queue.rpush(_answer_key(probe), answer))
        await self.queue.expire(_answer_key(probe), KEPT_S)
        return "told"

    async def _asked(self, question: Question) -> Told:
        """What came of it; whatever goes wrong is the answer, not a fault of this process."""
        counted, began = Counted(self.egress), time.monotonic()
        opened: tuple[str, ...] = ()
        try:
            manifest = self.registry.get(question.collector).manifest
            keys = await open_keychain(
                self.secrets, question.org, manifest, trial=question.with_key
            )
            opened = keys.values if keys else ()
            with hidden(opened):
                batch = await self._batch(question, keys)
                answers = [each async for each in Runner(counted).run(batch)]
            told = summed_up(answers, batch.tally.worst)
            if batch.keyed and not answers:
                why = batch.keyed.ended
                told = Told(outcome=Outcome.ERROR, error=why, fault=Fault.RATE_LIMITED)
        except MirageError as error:
            told = Told(outcome=Outcome.ERROR, error=redact(str(error), opened))
        except (
            Exception
        ) as error:  # foreign code may raise anything; who asked is told, and so is the log
            reason = redact(repr(error), opened)
            log.warning("a trial call met a defect", collector=question.collector, reason=reason)
            told = Told(outcome=Outcome.ERROR, error=f"a defect: {reason}", fault=Fault.DEFECT)
        took = round((time.monotonic() - began) * 1000)
        return told.model_copy(update={"requests": counted.requests, "milliseconds": took})

    async def _batch(self, question: Question, keys: Keychain | None) -> Batch:
        listed = self.registry.get(question.collector)
        settings = await Settings(self.secrets.store).of(question.org)
        counting = await Configurations(self.secrets.store).counting(question.org)
        options = settings.get(question.collector, UNSET).options
        target = make(question.kind, question.key)
        made = partial(self.registry.make, question.collector, options)
        return Batch(
            made(keys.first() if keys else None),
            listed.manifest.at_most(counting.platform.scans.host_per_s),
            [target],
            scope=OwnScope.of(target),
            source=listed.source.manifest.id,
            deadline_s=DEADLINE_S,
            keyed=Keyed(keys, made) if keys else None,
        )


def summed_up(answers: Sequence[Answer], fault: Fault | None = None) -> Told:
    """The answers about one entity as one: the facts of all parts, and the first reason why a part has no answer."""
    outcomes = {each.outcome for each in answers}
    outcome = next((each for each in _RANK if each in outcomes), Outcome.SKIPPED)
    facts = sorted(
        {fact for each in answers for fact in _stated(each)},
        key=lambda fact: (fact.target is not None, fact.name, fact.key, fact.target or ""),
    )
    reasons = [
        f"{each.part}: {each.reason}" if each.part else each.reason
        for each in sorted(answers, key=lambda answer: answer.part)
        if each.reason and not each.outcome.is_answer
    ]
    return Told(
        outcome=outcome,
        facts=tuple(facts[:MOST_FACTS]),
        count=len(facts),
        error=next(iter(reasons), ""),
        fault=fault,
    )


def _stated(answer: Answer) -> Iterator[Stated]:
    content = Content.of(answer.facts)
    for entity in content.entities.values():
        yield Stated(name=entity.label, key=entity.key, tlp=answer.tlp)
    for link in content.relationships.values():
        ends = {"key": link.source.key, "target": link.target.key}
        yield Stated(name=type(link).type, tlp=answer.tlp, **ends)


def _answer_key(probe: str) -> str:
    return f"{PREFIX}{probe}:answer"


def _place(probe: str, part: str) -> str:
    """What the sealed text is bound to."""
    return f"probe/{probe}/{part}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreUnavailable("the queue does not answer; try again in a moment") from error
