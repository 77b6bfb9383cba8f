// summary: End a run's open jobs; whoever has one in hand can write nothing more.
// mode:    write
// params:  run: str -- the run's id
//          at: datetime -- now
// returns: id: str
// index:   Lease(run)
// rows:    one an open job
MATCH (l:Lease {run: $run})
WHERE l.state IN ['READY', 'TAKEN']
SET l.state = 'CANCELLED', l.fence = l.fence + 1, l.released_at = $at, l.followed_at = $at
RETURN l.id AS id
