// summary: End a run's ready jobs of some collectors as not asked: they neither failed nor are they carried out.
// mode:    write
// params:  run: str -- the run's id
//          collectors: list<str>
//          reason: str -- why they are not asked
//          at: datetime -- now
// returns: id: str, collector: str, entities: list<str>, distance: int
// index:   Lease(run)
// rows:    one a job that ended
MATCH (l:Lease {run: $run})
WHERE l.collector IN $collectors AND l.state = 'READY'
REMOVE l._lock
WITH l
WHERE l.state = 'READY'
SET l.state = 'CANCELLED', l.is_left_out = true, l.fence = l.fence + 1, l.reason = $reason, l.released_at = $at, l.followed_at = $at
RETURN l.id AS id, l.collector AS collector, l.entities AS entities, l.distance AS distance
