"""Whose job is next: organizations have equal shares of a queue, and so have the runs of each.

A queue is read in the order of its scores. A job's score is a tag on a clock that runs with the work done, not with
the time (start-time fair queueing, Goyal, Vin and Cheng 1996): each job of a run is put behind the former one by as
many steps as its organization has runs in the queue, and behind nobody else's. Whoever comes with one job waits for
one job of each other organization at most, however many those have handed in before.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix

# Tags are milliseconds for arq, which hands out nothing that lies ahead of its own clock: they begin long before, and
# whatever is put into the queue by the time (a job that is tried again) is no tag.
EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
END = datetime(2020, 1, 1, tzinfo=UTC)
FORGOTTEN_AFTER = timedelta(days=1)

# KEYS: the queue, its clock, the runs of an organization in it, the job, and the mark that a worker has it in hand.
# ARGV: the run, the first and the last tag, seconds until all of it is forgotten. A job that waits is given none.
# The clock is the highest tag that was seen at the head of the queue; where nothing waits, nobody has a claim from
# before.
_TAG = """
local known = redis.call('EXISTS', KEYS[4])
if known == 1 and redis.call('EXISTS', KEYS[5]) == 0 then return false end
local clock = tonumber(redis.call('HGET', KEYS[2], 'now') or ARGV[2])
local last = tonumber(redis.call('HGET', KEYS[2], 'last') or clock)
local head = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[2], ARGV[3], 'WITHSCORES', 'LIMIT', 0, 1)
clock = math.max(clock, tonumber(head[2] or last))
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', clock)
local tag = tonumber(redis.call('ZSCORE', KEYS[3], ARGV[1]) or clock)
redis.call('ZADD', KEYS[3], tag, ARGV[1])
local next = tag + redis.call('ZCARD', KEYS[3])
redis.call('ZADD', KEYS[3], next, ARGV[1])
redis.call('HSET', KEYS[2], 'now', string.format('%.0f', clock), 'last', string.format('%.0f', math.max(last, next)))
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('EXPIRE', KEYS[3], ARGV[4])
return {string.format('%.0f', tag), known}
"""


@dataclass(frozen=True)
class Whose:
    """For whom a job is: a run of an organization."""

    org: str
    run: str


@dataclass(frozen=True)
class Turn:
    """A place in the queue: by its clock, which by any other is in the past, and the id of the job that takes it."""

    due: datetime
    job: str


async def turn_of(queue: ArqRedis, name: str, whose: Whose, job: str) -> Turn | None:
    """The next place of a run in the queue `name` for the arq job `job`; None where that waits in it.

    Where a worker has it in hand, the job gets another id: that worker may be dead, which arq takes minutes to notice.
    """
    clock = f"mirage:fair:{name}"
    keys = (
        name, clock, f"{clock}:{whose.org}", f"{job_key_prefix}{job}", f"{in_progress_key_prefix}{job}",
    )  # fmt: skip
    first, last = (f"{each.timestamp() * 1000:.0f}" for each in (EPOCH, END))
    forgotten = f"{FORGOTTEN_AFTER.total_seconds():.0f}"
    asked: Any = queue.eval(_TAG, len(keys), *keys, whose.run, first, last, forgotten)
    if (told := await asked) is None:
        return None
    tag, is_in_hand = told
    due = datetime.fromtimestamp(int(tag) / 1000, UTC)
    return Turn(due, f"{job}:{uuid.uuid4().hex}" if is_in_hand else job)
