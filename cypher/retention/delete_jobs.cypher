// summary: Delete some jobs of a run that ended before a moment.
// mode:    write
// params:  org: str -- the organization
//          before: datetime -- what is older
//          final: list<str> -- the states in which a run has ended
//          limit: int -- how many at most
// returns: deleted: int
// index:   Run(org, created_at), Lease(run)
// rows:    1
MATCH (r:Run)
WHERE r.org = $org AND r.created_at < $before AND r.state IN $final AND r.ended_at < $before
  AND EXISTS { MATCH (:Lease {run: r.id}) }
WITH r ORDER BY r.created_at LIMIT 1
REMOVE r._lock
// Under the lock: what failed in it may be repeated.
WITH r WHERE r.state IN $final AND r.ended_at < $before
MATCH (l:Lease {run: r.id})
WITH l LIMIT $limit
DETACH DELETE l
RETURN count(*) AS deleted
