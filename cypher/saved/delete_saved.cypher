// summary: Delete a saved query, with what was kept of its answers where it was watched.
// mode:    write
// params:  org: str -- the organization
//          id: str -- of the query
// returns: deleted: int
// index:   SavedQuery(id), Watch(id), WatchChange(watch, at)
// rows:    1
OPTIONAL MATCH (q:SavedQuery {id: $id})
WHERE q.org = $org
OPTIONAL MATCH (w:Watch {id: q.id})
CALL (w) {
  MATCH (c:WatchChange)
  WHERE c.watch = w.id AND c.at IS NOT NULL
  DELETE c
  RETURN count(*) AS changes
}
DELETE w
WITH q, CASE WHEN q IS NULL THEN 0 ELSE 1 END AS deleted
DELETE q
RETURN deleted
