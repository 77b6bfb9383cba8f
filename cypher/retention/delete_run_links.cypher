// summary: Delete some relationships of a run that was taken out of sight: it has more than one transaction holds.
// mode:    write
// params:  org: str -- the organization
//          limit: int -- how many at most
// returns: deleted: int
// index:   RemovedRun(org)
// rows:    1
MATCH (r:RemovedRun)
WHERE r.org = $org
MATCH (r)-[link]-()
WITH link LIMIT $limit
DELETE link
RETURN count(*) AS deleted
