// summary: A page of a chain, oldest first, as it stands in the database.
// mode:    read
// params:  org: str -- the organization; empty for the platform's own chain
//          behind: int -- seq of the last row seen; 0 for the first page
//          limit: int -- how many at most
// returns: properties: map
// index:   AuditEvent(org, seq)
// rows:    at most limit
MATCH (e:AuditEvent)
WHERE e.org = $org AND e.seq > $behind
RETURN properties(e) AS properties
ORDER BY e.seq
LIMIT $limit
