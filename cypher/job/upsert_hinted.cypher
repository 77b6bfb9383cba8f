// summary: Note that jobs are hinted.
// mode:    write
// params:  leases: list<str> -- the jobs' ids
//          at: datetime -- now
// returns: id: str
// index:   Lease(id)
// rows:    one a job that is still ready
UNWIND $leases AS lease
MATCH (l:Lease {id: lease})
WHERE l.state = 'READY'
SET l.hinted_at = $at
RETURN l.id AS id
