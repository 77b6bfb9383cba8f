// summary: Hold a job longer; no row when it has moved on or its run has ended, and then the holder must stop.
// mode:    write
// params:  lease: str -- the job's id
//          fence: int -- the number with which it was taken
//          held_s: float -- for how long, from now, it is held unless renewed again
//          at: datetime -- now; null for the database's own clock
// returns: id: str
// index:   Lease(id)
// rows:    0 or 1
MATCH (l:Lease {id: $lease})
WHERE l.fence = $fence AND l.state = 'TAKEN'
SET l.expires_at = coalesce($at, datetime.realtime()) + duration({milliseconds: toInteger($held_s * 1000)})
RETURN l.id AS id
