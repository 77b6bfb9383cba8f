// summary: How many queries the members of an organization have saved.
// mode:    read
// params:  org: str -- the organization
// returns: total: int
// index:   SavedQuery(org)
// rows:    1
MATCH (q:SavedQuery)
WHERE q.org = $org
RETURN count(*) AS total
