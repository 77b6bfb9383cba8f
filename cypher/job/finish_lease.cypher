// summary: End a job that its holder has carried out, or that failed for good.
// mode:    write
// params:  lease: str -- the job's id
//          fence: int -- the number with which it was taken
//          state: str -- DONE or FAILED
//          reason: str -- why it failed, or what stood in its way; empty where nothing did
//          requests: int -- lookups it asked of sources
//          at: datetime -- now; null for the database's own clock
// returns: run: str, at: datetime -- when it ended
// index:   Lease(id)
// rows:    0 or 1
MATCH (l:Lease {id: $lease})
WHERE l.fence = $fence AND l.state = 'TAKEN'
WITH l, coalesce($at, datetime.realtime()) AS now
SET l.state = $state, l.reason = CASE $reason WHEN '' THEN null ELSE $reason END, l.requests = $requests,
    l.released_at = now
RETURN l.run AS run, now AS at
