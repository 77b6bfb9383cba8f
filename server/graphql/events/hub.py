"""Fan-out of events: one reader of the stream per process, one channel per distinct question.

Followers of the same question (document, operation, variables, access class; where the field is about what is a user's
own, of the same user) share a channel. Nothing here waits for
a follower.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    VariableNode,
)
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_argument_values, get_variable_values
from redis.exceptions import RedisError

from graph.errors import Conflict, MirageError
from server.graphql.context import Context
from server.graphql.document import InvalidDocument
from server.graphql.entities.reads import to_snake
from server.graphql.events import stream
from server.graphql.events.channel import Channel
from server.graphql.events.follow import Follow
from server.graphql.events.follower import Budget, Follower, Restarting, Told
from server.graphql.events.stream import Event, Place
from server.graphql.execution import Asked, Executor
from server.jobs.log import get_logger
from server.jobs.queue import Queue

log = get_logger(__name__)

RETRY_S = 1.0
READY_WITHIN_S = 5.0


@dataclass(frozen=True)
class _Followed:
    """A subscription understood: its one field, its arguments, and where to begin."""

    asked: Asked
    follow: Follow
    given: Mapping[str, Any]
    after: Place | None


class StreamUnavailable(MirageError):
    """The event stream does not answer; trying again later may help."""

    code = "STREAM_UNAVAILABLE"
    is_retryable = True


Hears = Callable[[Sequence[Event] | None, Place], None]
"""Told what happened up to a place; None where that is not known, since it was not heard from there on."""


class Hub:
    """All subscriptions of a process. `hears` is told of everything, and must not wait."""

    def __init__(self, queue: Queue, executor: Executor) -> None:
        self._queue = queue
        self.hears: Hears = lambda _, __: None
        self._executor = executor
        self._channels: dict[bytes, tuple[Channel, asyncio.Task[None]]] = {}
        self._place: Place | None = None
        self._ready = asyncio.Event()
        self._is_ending = False

    @property
    def followers(self) -> int:
        """How many there are."""
        return sum(len(channel.followers) for channel, _ in self._channels.values())

    def go_on(self) -> None:
        """Take followers: a server begins to serve them."""
        self._is_ending = False

    def stop(self) -> None:
        """Tell all followers to come again later, and whoever comes from now on: the process ends."""
        self._is_ending = True
        for channel, _ in list(self._channels.values()):
            channel.end(Restarting())

    async def run(self) -> None:
        """Read the stream forever, and hand on what comes."""
        while True:
            try:
                await self._read()
            except (RedisError, OSError) as error:
                log.warning("the event stream does not answer", reason=type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _read(self) -> None:
        if self._place is None:
            self._place = await stream.latest(self._queue)
            self.hears(None, self._place)
        elif await stream.was_lost(self._queue, self._place):
            for channel, _ in list(self._channels.values()):
                channel.interrupt()
            self._place = await stream.latest(self._queue)
            self.hears(None, self._place)
        self._ready.set()
        while True:
            events, self._place = await stream.following(self._queue, self._place)
            for channel, _ in list(self._channels.values()):
                channel.offer(events)
            self.hears(events, self._place)

    @contextlib.asynccontextmanager
    async def follow(
        self, asked: Asked, context: Context, budget: Budget | None = None
    ) -> AsyncIterator[Follower]:
        """Follow a subscription, within the connection's budget of waiting bytes.

        Raises InvalidDocument, InvalidQuestion, NotFound, Conflict, StreamUnavailable.
        """
        wanted = self._understand(asked)
        await self._wait_ready()
        if wanted.after is not None:
            with _answering():
                is_lost = await stream.was_lost(self._queue, wanted.after)
            if is_lost:
                raise Conflict(
                    "after: the events behind this cursor are kept no longer; begin without after"
                )
        key = _key(wanted, context)
        channel = self._open(key, wanted, context)
        follower = Follower(budget)
        channel.followers.add(follower)
        if self._is_ending:
            follower.end(Restarting())
        try:
            await self._begin(channel, follower, wanted.after)
            yield follower
        finally:
            channel.followers.discard(follower)
            follower.drop()
            if not channel.followers and key in self._channels:
                self._channels.pop(key)[1].cancel()

    async def _wait_ready(self) -> None:
        try:
            # Not wait_for: until Python 3.12 that may swallow a cancellation, and the follower would stay for ever.
            async with asyncio.timeout(READY_WITHIN_S):
                await self._ready.wait()
        except TimeoutError as error:
            raise StreamUnavailable("the event stream does not answer now; try again") from error

    async def _begin(self, channel: Channel, follower: Follower, after: Place | None) -> None:
        """Have it told what lies between the cursor and now, or how things stand; then let live events through.

        Whoever resumes a story that has ended meanwhile is told how it stands if its end is not behind the cursor.
        """
        now = self._place or Place()
        opening = await channel.follow.opening(channel.context, channel.given, now)
        if after is not None:
            is_over = opening is not None and channel.follow.is_last(opening)
            follower.begin(self._before(channel, after, now, opening if is_over else None), now)
            return
        if opening is not None:
            follower.push(await channel.told(now, opening))
        follower.release(now)

    async def _before(
        self, channel: Channel, after: Place, now: Place, ending: object | None
    ) -> AsyncIterator[Told]:
        """What happened behind `after` up to now, then the ending if there is one."""
        with _answering():
            async for events in stream.between(self._queue, after, now):
                async for told in channel.answers(channel.concerning(events)):
                    yield told
        if ending is not None:
            yield await channel.told(now, ending)

    def _open(self, key: bytes, wanted: _Followed, context: Context) -> Channel:
        if key not in self._channels:
            channel = Channel(wanted.asked, wanted.follow, wanted.given, context, self._executor)
            self._channels[key] = channel, asyncio.create_task(channel.run())
        return self._channels[key][0]

    def _understand(self, asked: Asked) -> _Followed:
        schema, operation = self._executor.schema, asked.operation.node
        variables = get_variable_values(
            schema, tuple(operation.variable_definitions), dict(asked.variables)
        )
        if isinstance(variables, list):
            raise InvalidDocument(variables)
        fragments = {
            node.name.value: node
            for node in asked.prepared.document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        root = schema.subscription_type
        assert isinstance(root, GraphQLObjectType)  # noqa: S101 - the schema has one
        fields = collect_fields(schema, fragments, variables, root, operation.selection_set)
        node = next(iter(fields.values()))[0]
        declared = root.fields[node.name.value]
        given = {
            to_snake(name): value
            for name, value in get_argument_values(declared, node, variables).items()
        }
        after = given.pop("after", None)
        follow: Follow = declared.extensions["strawberry-definition"].reads
        return _Followed(
            _without_cursor(asked, node),
            follow,
            given,
            Place.of_cursor(after) if after else None,
        )


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Say it in our words where the stream does not answer."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StreamUnavailable("the event stream does not answer now; try again") from error


def _without_cursor(asked: Asked, node: FieldNode) -> Asked:
    """The question without the variable that says where to begin: those who resume share a channel."""
    names = {
        argument.value.name.value
        for argument in node.arguments
        if argument.name.value == "after" and isinstance(argument.value, VariableNode)
    }
    kept = {name: value for name, value in asked.variables.items() if name not in names}
    return replace(asked, variables=kept)


def _key(wanted: _Followed, context: Context) -> bytes:
    asked, who = wanted.asked, context.principal
    variables = {name: asked.variables[name] for name in sorted(asked.variables)}
    user = who.user if wanted.follow.is_personal else ""
    return orjson.dumps(
        [asked.prepared.hash, asked.operation.name, who.access_class, user, variables]
    )
