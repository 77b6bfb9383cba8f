// summary: How many scans an organization has.
// mode:    read
// params:  org: str -- the organization
// returns: total: int
// index:   Scan(org, created_at)
// rows:    1
MATCH (s:Scan)
WHERE s.org = $org AND s.created_at IS NOT NULL
RETURN count(s) AS total
