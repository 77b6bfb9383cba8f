// summary: Hold a job longer; no row when it has moved on or its run has ended, and then the holder must stop.
// mode:    write
// params:  lease: str -- the job's id
//          fence: int -- the number with which it was taken
//          expires_at: datetime -- until when it is held unless renewed again
// returns: id: str
// index:   Lease(id)
// rows:    0 or 1
MATCH (l:Lease {id: $lease})
WHERE l.fence = $fence AND l.state = 'TAKEN'
SET l.expires_at = $expires_at
RETURN l.id AS id
