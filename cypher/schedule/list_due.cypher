// summary: Schedules of which something is due, longest due first; a moment that waits for a run to end is, once that has ended.
// mode:    read
// params:  now: datetime -- null for the database's own
//          open: list<str> -- the states in which a run has not ended
//          limit: int -- how many at most
// returns: org: str, scan: str
// index:   Schedule(due_at)
// rows:    at most limit
MATCH (x:Schedule)
WHERE x.due_at <= coalesce($now, datetime.realtime())
  AND (x.queued_for IS NULL OR x.next_at <= coalesce($now, datetime.realtime()) OR NOT EXISTS {
    MATCH (x)<-[:HAS_SCHEDULE]-(:Scan)-[:RAN]->(r:Run) WHERE r.state IN $open
  })
RETURN x.org AS org, x.scan AS scan
ORDER BY x.due_at, x.id
LIMIT $limit
