// summary: Have a watch looked at next, where there is one: its query was saved again.
// mode:    write
// params:  id: str -- of the query
//          now: datetime
// returns: id: str
// index:   Watch(id)
// rows:    0 or 1
MATCH (w:Watch {id: $id})
SET w.due_at = $now, w.not_before = $now, w.failed_at = null, w.failure = null
RETURN w.id AS id
