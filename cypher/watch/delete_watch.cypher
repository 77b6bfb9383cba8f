// summary: Watch a saved query no more, and delete what was kept of its answers.
// mode:    write
// params:  id: str -- of the query
//          org: str -- the organization
// returns: deleted: int -- 1, or 0 where it was not watched
// index:   Watch(id), WatchChange(watch, at)
// rows:    1
OPTIONAL MATCH (w:Watch {id: $id})
WHERE w.org = $org
CALL (w) {
  MATCH (c:WatchChange)
  WHERE c.watch = w.id AND c.at IS NOT NULL
  DELETE c
  RETURN count(*) AS changes
}
WITH w, CASE WHEN w IS NULL THEN 0 ELSE 1 END AS deleted
DELETE w
RETURN deleted
