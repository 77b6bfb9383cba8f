// summary: Make a run of a scan, and the scan where it is new; accepted, and nothing done yet.
// mode:    write
// params:  org: str -- the organization
//          scan: str -- the scan's id
//          run: str -- the run's id
//          name: str -- what people call the scan
//          spec: str -- seeds, scope, collectors, budgets as JSON
//          by: str -- id of the user who started it
//          at: datetime -- now; null for the database's own clock
//          traceparent: str -- the span that asks for it; null where nothing is recorded
//          named: list<str> -- ids of the entities that the specification names, known or not
// returns: id: str, state: str
// index:   Scan(id), Run(id)
// rows:    1
MERGE (s:Scan {id: $scan})
ON CREATE SET s.org = $org, s.created_at = coalesce($at, datetime.realtime()), s.created_by = $by
SET s.name = $name, s.spec = $spec, s.named = $named
MERGE (r:Run {id: $run})
ON CREATE SET r.org = $org, r.scan = $scan, r.name = $name, r.spec = $spec, r.named = $named, r.state = 'ACCEPTED', r.created_at = coalesce($at, datetime.realtime()),
              r.started_by = $by, r.traceparent = $traceparent, r.reached = 0, r.requests = 0, r.jobs_done = 0, r.jobs_failed = 0, r.jobs_open = 0
MERGE (s)-[:RAN]->(r)
RETURN r.id AS id, r.state AS state
