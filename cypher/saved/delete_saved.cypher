// summary: Delete a saved query.
// mode:    write
// params:  org: str -- the organization
//          id: str -- of the query
// returns: deleted: int
// index:   SavedQuery(id)
// rows:    1
OPTIONAL MATCH (q:SavedQuery {id: $id})
WHERE q.org = $org
WITH q, CASE WHEN q IS NULL THEN 0 ELSE 1 END AS deleted
DELETE q
RETURN deleted
