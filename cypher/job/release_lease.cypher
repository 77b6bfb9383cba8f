// summary: Give a job back unfinished, to be taken again.
// mode:    write
// params:  lease: str -- the job's id
//          fence: int -- the number with which it was taken
//          reason: str -- why
//          goes_on: bool -- whether it got ahead, so that this was no failed attempt; it is hinted at once
// returns: run: str, at: datetime -- when it was given back
// index:   Lease(id)
// rows:    0 or 1
MATCH (l:Lease {id: $lease})
WHERE l.fence = $fence AND l.state = 'TAKEN'
SET l.state = 'READY', l.reason = $reason, l.attempts = CASE WHEN $goes_on THEN 0 ELSE l.attempts END,
    l.hinted_at = CASE WHEN $goes_on THEN datetime({epochMillis: 0}) ELSE l.hinted_at END
RETURN l.run AS run, datetime.realtime() AS at
