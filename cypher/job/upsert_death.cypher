// summary: A job's own process died: it is tried once more, or is given up where that was too often.
// mode:    write
// params:  lease: str -- the job's id
//          fence: int -- the number with which it was taken
//          reason: str -- how the process ended
//          most: int -- how many deaths are too many
//          at: datetime -- now; null for the database's own clock
// returns: run: str, at: datetime -- when it ended
// index:   Lease(id)
// rows:    0 or 1
MATCH (l:Lease {id: $lease})
WHERE l.fence = $fence AND l.state = 'TAKEN'
WITH l, coalesce(l.deaths, 0) + 1 AS deaths, coalesce($at, datetime.realtime()) AS now
SET l.deaths = deaths, l.fence = l.fence + 1, l.reason = $reason,
    l.state = CASE WHEN deaths >= $most THEN 'FAILED' ELSE 'READY' END,
    l.released_at = CASE WHEN deaths >= $most THEN now END,
    l.hinted_at = datetime({epochMillis: 0})
RETURN l.run AS run, now AS at
