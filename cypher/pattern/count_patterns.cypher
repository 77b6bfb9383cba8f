// summary: How many patterns an organization keeps.
// mode:    read
// params:  org: str -- the organization
// returns: total: int
// index:   Pattern(org)
// rows:    1
MATCH (p:Pattern)
WHERE p.org = $org AND p.deleted_at IS NULL
RETURN count(*) AS total
