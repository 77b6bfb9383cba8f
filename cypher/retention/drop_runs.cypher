// summary: Take some runs out of sight that ended before a moment and that nothing needs: not the last of a scan, whose
//          changes the next one tells, and none by whose answers something is known. What hangs on them is deleted after.
// mode:    write
// params:  org: str -- the organization
//          before: datetime -- what is older
//          final: list<str> -- the states in which a run has ended
//          limit: int -- how many at most
// returns: deleted: int
// index:   Run(org, created_at), Claim(id)
// rows:    1
MATCH (r:Run)
WHERE r.org = $org AND r.created_at < $before AND r.state IN $final AND r.ended_at < $before
  AND EXISTS {
    MATCH (r)<-[:RAN]-(:Scan)-[:RAN]->(later:Run)
    WHERE later.created_at > r.created_at AND (r.state <> 'FINISHED' OR later.state = 'FINISHED')
  } AND NOT EXISTS {
    MATCH (r)<-[:IN]-(o:Observation)
    MATCH (c:Claim {id: o.claim})
    WHERE c.content = o.id
  }
WITH r ORDER BY r.id LIMIT $limit
REMOVE r._lock
// Under the lock: what failed in it may be repeated.
WITH r WHERE r.state IN $final AND r.ended_at < $before
REMOVE r:Run
SET r:RemovedRun
RETURN count(r) AS deleted
