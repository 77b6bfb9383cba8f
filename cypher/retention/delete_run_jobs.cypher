// summary: Delete some jobs of runs that were taken out of sight.
// mode:    write
// params:  org: str -- the organization
//          limit: int -- how many at most
// returns: deleted: int
// index:   RemovedRun(org), Lease(run)
// rows:    1
MATCH (r:RemovedRun)
WHERE r.org = $org
MATCH (l:Lease {run: r.id})
WITH l LIMIT $limit
DETACH DELETE l
RETURN count(*) AS deleted
