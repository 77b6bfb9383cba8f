"""A scan, a run of it that has ended, its schedule and jobs, as the conductor writes them."""

# ruff: noqa: E501 - statements of the graph read better whole
from __future__ import annotations

from graph.store import Store
from server.jobs.spec import ScanSpec

_RUN = """
MERGE (s:Scan {id: $scan}) SET s.org = $org, s.name = $name, s.spec = $spec, s.named = $named,
  s.created_at = datetime('2026-01-01T00:00:05Z'), s.created_by = $user
MERGE (r:Run {id: $run}) SET r.org = $org, r.scan = $scan, r.name = $name, r.spec = $spec, r.named = $named, r.state = 'FINISHED',
  r.created_at = datetime('2026-01-01T00:00:05Z'), r.started_at = datetime('2026-01-01T00:00:06Z'),
  r.ended_at = datetime('2026-01-01T00:00:40Z'), r.started_by = $user, r.reached = 0, r.requests = 1, r.jobs_done = 1,
  r.jobs_failed = 0, r.jobs_open = 0
MERGE (s)-[:RAN]->(r)
MERGE (s)-[:HAS_SCHEDULE]->(x:Schedule {id: $scan + '-schedule'}) SET x.org = $org, x.scan = $scan, x.cron = '0 3 * * *',
  x.timezone = 'UTC', x.jitter_s = 60, x.missed_policy = 'SKIP', x.grace_s = 3600, x.overlap_policy = 'SKIP', x.is_enabled = true,
  x.set_by = $user, x.set_at = s.created_at, x.created_at = s.created_at, x.planned_at = datetime('2126-01-01T03:00:00Z'),
  x.next_at = datetime('2126-01-01T03:00:30Z'), x.due_at = x.next_at, x.last_fired_at = r.created_at, x.told_for = [r.created_at],
  x.told_at = [r.created_at], x.told_outcomes = ['STARTED'], x.told_reasons = [''], x.told_runs = [$run]
MERGE (l:Lease {id: $run + '-job'}) SET l.org = $org, l.run = $run, l.collector = 'dns.resolve', l.entities = $named, l.state = 'DONE',
  l.requests = 1, l.released_at = r.ended_at, l.followed_at = r.ended_at
MERGE (d:Lease {id: $run + '-dead'}) SET d.org = $org, d.run = $run, d.collector = 'dns.records', d.entities = $named,
  d.state = 'FAILED', d.reason = $name, d.requests = 0, d.attempts = 5, d.deaths = 2, d.released_at = r.ended_at,
  d.followed_at = r.ended_at
"""


async def write_run(
    store: Store, org: str, user: str, scan_and_run: tuple[str, str], spec: ScanSpec
) -> None:
    """Write them, by the ids of scan and run."""
    scan, run = scan_and_run
    given = {"org": org, "user": user, "scan": scan, "run": run, "name": spec.title}
    named = spec.named_ids(org)
    await store.execute(_RUN, {**given, "spec": spec.model_dump_json(), "named": named})
