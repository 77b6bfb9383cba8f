// summary: Hold a watch that was taken, so that what came of looking is written by whoever took it last, or by nobody.
// mode:    write
// params:  id: str -- of the watch
//          fence: int -- the number with which it was taken
// returns: number: int -- how often its query was saved by now
//          name: str -- of the query
//          is_told: bool -- whether channels tell of changes
// index:   Watch(id), SavedQuery(id)
// rows:    0 or 1
MATCH (w:Watch {id: $id})
REMOVE w._lock
WITH w
WHERE w.fence = $fence
MATCH (q:SavedQuery {id: $id})
RETURN q.number AS number, q.name AS name, w.is_told AS is_told
