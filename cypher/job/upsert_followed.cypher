// summary: Note that the conductor has followed the results of ended jobs.
// mode:    write
// params:  leases: list<str> -- the jobs' ids
//          at: datetime -- now
// returns: id: str
// index:   Lease(id)
// rows:    one a job
UNWIND $leases AS id
MATCH (l:Lease {id: id})
SET l.followed_at = $at
RETURN l.id AS id
