// summary: Take a job: only if it is ready, or if whoever had it has stopped renewing it; of a module that is half open, one at a time.
// mode:    write
// params:  lease: str -- the job's id
//          worker: str -- who takes it
//          at: datetime -- now; null for the database's own clock
//          held_s: float -- for how long it is held unless renewed
//          offered: list<str> -- the collectors that the worker can carry out; null for all
//          versions: map -- the versions of these, by their names; null for any
// returns: run: str, org: str, collector: str, entities: list<str>, fence: int, attempts: int, deaths: int
//          spec: str -- the run's, distance: int
//          traceparent: str -- of the span that asked for the run; null where none was recorded
//          at: datetime -- when it was taken
// index:   Lease(id), Run(id), ModuleHealth(org, module), ModuleSetting(org, module)
// rows:    0 or 1
MATCH (l:Lease {id: $lease})
REMOVE l._lock
WITH l, coalesce($at, datetime.realtime()) AS now
OPTIONAL MATCH (broken:ModuleHealth {org: l.org, module: l.collector})
WHERE broken.until IS NOT NULL
FOREACH (h IN CASE WHEN broken IS NULL THEN [] ELSE [broken] END | REMOVE h._lock)
WITH l, now, broken, broken IS NULL OR broken.until IS NULL OR (broken.until <= now AND NOT EXISTS {
  MATCH (t:Lease {id: broken.trial})
  WHERE t.state = 'TAKEN' AND t.fence = broken.trial_fence AND t.expires_at >= now
}) AS is_well
OPTIONAL MATCH (setting:ModuleSetting {org: l.org, module: l.collector})
// A pinned module is carried out in that version alone.
WITH l, now, broken, is_well AND ($versions IS NULL OR coalesce(setting.pinned, 0) IN [0, $versions[l.collector]]) AS is_let
// What this worker cannot carry out, or nobody is to ask now, is left as if never hinted: a later step hints it again.
FOREACH (_ IN CASE WHEN l.state = 'READY' AND (NOT is_let OR NOT l.collector IN $offered) THEN [1] ELSE [] END |
  SET l.hinted_at = datetime({epochMillis: 0}))
WITH l, now, broken, is_let
WHERE is_let AND ($offered IS NULL OR l.collector IN $offered)
MATCH (r:Run {id: l.run})
WHERE r.state = 'RUNNING' AND (l.state = 'READY' OR (l.state = 'TAKEN' AND l.expires_at < now))
SET l.deaths = CASE l.state WHEN 'TAKEN' THEN coalesce(l.deaths, 0) + 1 ELSE l.deaths END,
    l.state = 'TAKEN', l.fence = l.fence + 1, l.attempts = l.attempts + 1, l.worker = $worker, l.taken_at = now,
    l.expires_at = now + duration({milliseconds: toInteger($held_s * 1000)})
FOREACH (h IN CASE WHEN broken.until IS NULL THEN [] ELSE [broken] END | SET h.trial = l.id, h.trial_fence = l.fence)
RETURN l.run AS run, l.org AS org, l.collector AS collector, l.entities AS entities, l.fence AS fence,
       l.attempts AS attempts, coalesce(l.deaths, 0) AS deaths, r.spec AS spec, l.distance AS distance,
       r.traceparent AS traceparent, now AS at
