// summary: Take a job: only if it is ready, or if whoever had it has stopped renewing it.
// mode:    write
// params:  lease: str -- the job's id
//          worker: str -- who takes it
//          at: datetime -- now
//          expires_at: datetime -- until when it is held unless renewed
//          offered: list<str> -- the collectors that the worker can carry out; null for all
// returns: run: str, org: str, collector: str, entities: list<str>, fence: int, attempts: int, deaths: int
//          spec: str -- the run's, distance: int
// index:   Lease(id), Run(id)
// rows:    0 or 1
MATCH (l:Lease {id: $lease})
REMOVE l._lock
WITH l
// What this worker cannot carry out is left as if never hinted: the next step hints it to somebody else.
FOREACH (_ IN CASE WHEN l.state = 'READY' AND NOT l.collector IN $offered THEN [1] ELSE [] END |
  SET l.hinted_at = datetime({epochMillis: 0}))
WITH l
WHERE $offered IS NULL OR l.collector IN $offered
MATCH (r:Run {id: l.run})
WHERE r.state = 'RUNNING' AND (l.state = 'READY' OR (l.state = 'TAKEN' AND l.expires_at < $at))
SET l.deaths = CASE l.state WHEN 'TAKEN' THEN coalesce(l.deaths, 0) + 1 ELSE l.deaths END,
    l.state = 'TAKEN', l.fence = l.fence + 1, l.attempts = l.attempts + 1, l.worker = $worker, l.taken_at = $at,
    l.expires_at = $expires_at
RETURN l.run AS run, l.org AS org, l.collector AS collector, l.entities AS entities, l.fence AS fence,
       l.attempts AS attempts, coalesce(l.deaths, 0) AS deaths, r.spec AS spec, l.distance AS distance
