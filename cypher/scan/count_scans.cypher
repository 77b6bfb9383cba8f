// summary: How many scans an organization has.
// mode:    read
// params:  org: str -- the organization
// returns: total: int
// index:   Scan(org, created_at)
// rows:    1
MATCH (s:Scan)
WHERE s.org = $org
RETURN count(s) AS total
