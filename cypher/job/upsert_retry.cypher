// summary: Make a run that repeats what failed in another one; accepted, and nothing done yet.
// mode:    write
// params:  run: str -- the run that is repeated
//          retry: str -- the new run's id
//          jobs: list<str> -- only what failed in these jobs; null for all
//          by: str -- id of the user who asks for it
//          at: datetime -- now; null for the database's own clock
//          traceparent: str -- the span that asks for it; null where nothing is recorded
// returns: id: str, state: str
// index:   Run(id), Scan(id)
// rows:    1
MATCH (old:Run {id: $run})
MATCH (s:Scan {id: old.scan})
MERGE (r:Run {id: $retry})
ON CREATE SET r.org = old.org, r.scan = old.scan, r.name = old.name, r.spec = old.spec, r.named = old.named, r.retries = old.id,
              r.retries_jobs = $jobs, r.traceparent = $traceparent,
              r.state = 'ACCEPTED', r.created_at = coalesce($at, datetime.realtime()), r.started_by = $by, r.reached = 0, r.requests = 0, r.jobs_done = 0,
              r.jobs_failed = 0, r.jobs_open = 0
MERGE (s)-[:RAN]->(r)
RETURN r.id AS id, r.state AS state
