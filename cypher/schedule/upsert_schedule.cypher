// summary: Give a scan a schedule, or change the one it has; what it has done is kept.
// mode:    write
// params:  id: str -- the schedule's id
//          org: str -- the organization
//          scan: str -- the scan's id
//          set: map -- cron, timezone, jitter_s, missed_policy, grace_s, overlap_policy, is_enabled
//          by: str -- id of the user who sets it, for whom its runs are
//          at: datetime -- now
// returns: id: str
// index:   Scan(id), Schedule(id)
// rows:    0 or 1
MATCH (s:Scan {id: $scan})
WHERE s.org = $org
MERGE (x:Schedule {id: $id})
ON CREATE SET x.org = $org, x.scan = $scan, x.created_at = $at
SET x.cron = $set.cron, x.timezone = $set.timezone, x.jitter_s = $set.jitter_s, x.missed_policy = $set.missed_policy,
    x.grace_s = $set.grace_s, x.overlap_policy = $set.overlap_policy, x.is_enabled = $set.is_enabled, x.set_by = $by,
    x.set_at = $at
MERGE (s)-[:HAS_SCHEDULE]->(x)
RETURN x.id AS id
