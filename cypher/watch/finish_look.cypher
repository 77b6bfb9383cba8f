// summary: Write what came of looking at a watch that is held, and leave it to others.
// mode:    write
// params:  id: str -- of the watch
//          seen: str -- the place in the stream of events before which all was looked at
//          due_at: datetime -- when it is looked at next by the clock
//          not_before: datetime -- until when it is not looked at whatever happens; both null where it was saved meanwhile
//          properties: map -- what it is from now on
// returns: id: str
// index:   Watch(id)
// rows:    1
MATCH (w:Watch {id: $id})
// The number is used up: a transaction that is tried again, though it had gone through, writes nothing.
SET w += $properties, w.taken_until = null, w.fence = w.fence + 1, w.due_at = coalesce($due_at, w.due_at),
    w.not_before = coalesce($not_before, w.not_before), w.seen = CASE WHEN w.seen > $seen THEN w.seen ELSE $seen END
RETURN w.id AS id
