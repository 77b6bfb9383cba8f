// summary: Have a delivery that was given up sent once more, from the beginning.
// mode:    write
// params:  org: str -- the organization
//          id: str
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
//          now: datetime
// returns: before: str -- its state before; only DEAD ones are changed
// index:   Delivery(id)
// rows:    0 or 1
MATCH (d:Delivery {id: $id})
REMOVE d._lock
WITH d
WHERE d.org = $org AND ($readable IS NULL OR d.tlp IN $readable)
WITH d, d.state AS before
FOREACH (x IN CASE WHEN before = 'DEAD' THEN [1] ELSE [] END |
  SET d.state = 'DUE', d.due_at = $now, d.begun_at = $now, d.ended_at = null, d.tries_before = d.tries)
RETURN before
