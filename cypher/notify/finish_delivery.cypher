// summary: Keep what came of sending: it has arrived, was given up, or is to be tried again.
// mode:    write
// params:  id: str
//          tries: int -- which try it was; another one's outcome is kept by that one
//          state: str -- DELIVERED, DEAD, or DUE where it is tried again
//          reason: str -- what was answered, or what went wrong
//          due_at: datetime -- when it is tried again; null where it is not
//          ended_at: datetime -- null where it is tried again
// returns: id: str
// index:   Delivery(id)
// rows:    0 or 1
MATCH (d:Delivery {id: $id})
REMOVE d._lock
WITH d
WHERE d.tries = $tries AND d.state = 'DUE'
SET d.state = $state, d.reason = $reason, d.due_at = $due_at, d.ended_at = $ended_at,
    d.sealed = CASE $state WHEN 'DELIVERED' THEN null ELSE d.sealed END
RETURN d.id AS id
