// summary: Keep a change of a watched answer, and no more of them than are to be kept; the watch is held.
// mode:    write
// params:  id: str -- of the change
//          org: str -- the organization
//          watch: str -- the watch's id
//          at: datetime
//          most: int -- how many changes are kept
//          properties: map -- entered, left, changed, parts (JSON), clearance, needs
// returns: forgotten: int -- how many were given up
// index:   WatchChange(id), WatchChange(watch, at), Watch(id)
// rows:    1
CREATE (new:WatchChange {id: $id, org: $org, watch: $watch, at: $at})
SET new += $properties
WITH new
CALL () {
  MATCH (old:WatchChange)
  WHERE old.watch = $watch AND old.at IS NOT NULL
  WITH old ORDER BY old.at DESC, old.id SKIP $most
  DELETE old
  RETURN count(*) AS forgotten
}
MATCH (w:Watch {id: $watch})
SET w.forgotten = w.forgotten + forgotten
RETURN forgotten
