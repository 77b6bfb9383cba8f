// summary: A scan, locked until the transaction's end against every other start of it, with its schedule and the time.
// mode:    write
// params:  org: str -- the organization
//          scan: str -- the scan's id
//          now: datetime -- null for the database's own
//          open: list<str> -- the states in which a run has not ended
// returns: now: datetime, spec: str, schedule: map -- null where it has none
//          is_closed: bool -- whether the organization is suspended or deleted
//          open_runs: list<str> -- ids of its runs that have not ended, oldest first
// index:   Scan(id), Organization(id)
// rows:    0 or 1
MATCH (s:Scan {id: $scan})
WHERE s.org = $org
REMOVE s._lock
WITH s
OPTIONAL MATCH (s)-[:HAS_SCHEDULE]->(x:Schedule)
RETURN coalesce($now, datetime.realtime()) AS now, s.spec AS spec, properties(x) AS schedule,
       EXISTS {
         MATCH (o:Organization {id: $org}) WHERE o.suspended_at IS NOT NULL OR o.deleted_at IS NOT NULL
       } AS is_closed,
       COLLECT { MATCH (s)-[:RAN]->(r:Run) WHERE r.state IN $open RETURN r.id ORDER BY r.created_at, r.id } AS open_runs
