// summary: Delete some runs that were taken out of sight and have nothing left.
// mode:    write
// params:  org: str -- the organization
//          limit: int -- how many at most
// returns: deleted: int
// index:   RemovedRun(org), Lease(run)
// rows:    1
MATCH (r:RemovedRun)
WHERE r.org = $org AND NOT EXISTS { (r)--() } AND NOT EXISTS { MATCH (:Lease {run: r.id}) }
WITH r LIMIT $limit
DELETE r
RETURN count(*) AS deleted
