// summary: How many runs an organization has.
// mode:    read
// params:  org: str -- the organization
//          scan: str -- only of this scan; null for all
// returns: total: int
// index:   Run(org, created_at)
// rows:    1
MATCH (r:Run)
WHERE r.org = $org AND r.created_at IS NOT NULL AND ($scan IS NULL OR r.scan = $scan)
RETURN count(r) AS total
