"""Arq's worker, but for what it does when Redis is away or full: it waits and goes on, its jobs in hand unharmed.

By itself it ends with its process, and whatever was in hand with it. What it would have noted of a job that ended
meanwhile is lost, which costs a hint and never a job: the graph has those.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from arq.worker import Worker
from redis.exceptions import RedisError

from server.jobs import metrics
from server.jobs.log import get_logger

AGAIN_AFTER_S = 0.5

log = get_logger(__name__)


class PatientWorker(Worker):
    """Looks for jobs again and again, whatever Redis says."""

    _is_away = False

    async def _poll_iteration(self) -> None:
        """Look for jobs once; where Redis does not answer, or refuses, wait a moment."""
        try:
            await super()._poll_iteration()
        except (RedisError, OSError) as error:
            metrics.UNPOLLED.inc()
            if not self._is_away:
                log.warning(
                    "the queue does not answer; it is asked again", reason=type(error).__name__
                )
            self._is_away = True
            await asyncio.sleep(AGAIN_AFTER_S)
        else:
            if self._is_away:
                log.info("the queue answers again")
            self._is_away = False

    async def start_jobs(self, job_ids: Sequence[bytes]) -> None:
        """Start these, one after the other: where that fails, the place that was taken for the one is given back."""
        for job_id in job_ids:
            try:
                await super().start_jobs([job_id])
            except (RedisError, OSError):
                if job_id.decode() not in self.tasks:
                    self._release_sem_dec_counter_on_complete()
                raise
