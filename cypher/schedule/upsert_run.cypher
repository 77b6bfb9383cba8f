// summary: Make the run of a scan that its schedule planned for a moment; accepted, and nothing done yet.
// mode:    write
// params:  run: str -- the run's id, which follows from the schedule and the moment
//          scan: str -- the scan's id
//          schedule: str -- the schedule's id
//          planned_for: datetime -- the moment by the cron expression
//          by: str -- id of the user who set the schedule
//          at: datetime -- now
//          traceparent: str -- the span that asks for it; null where nothing is recorded
// returns: id: str, is_new: bool -- false where the moment had its run already
// index:   Scan(id), Run(id)
// rows:    1
MATCH (s:Scan {id: $scan})
MERGE (r:Run {id: $run})
ON CREATE SET r.org = s.org, r.scan = s.id, r.name = s.name, r.spec = s.spec, r.named = s.named, r.state = 'ACCEPTED',
              r.created_at = $at, r.started_by = $by, r.schedule = $schedule, r.planned_for = $planned_for,
              r.traceparent = $traceparent,
              r.reached = 0, r.requests = 0, r.jobs_done = 0, r.jobs_failed = 0, r.jobs_open = 0
WITH s, r, NOT EXISTS { (s)-[:RAN]->(r) } AS is_new
MERGE (s)-[:RAN]->(r)
RETURN r.id AS id, is_new
