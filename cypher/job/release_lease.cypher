// summary: Give a job back unfinished, to be taken again.
// mode:    write
// params:  lease: str -- the job's id
//          fence: int -- the number with which it was taken
//          reason: str -- why
// returns: run: str
// index:   Lease(id)
// rows:    0 or 1
MATCH (l:Lease {id: $lease})
WHERE l.fence = $fence AND l.state = 'TAKEN'
SET l.state = 'READY', l.reason = $reason
RETURN l.run AS run
