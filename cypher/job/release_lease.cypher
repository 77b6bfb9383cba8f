// summary: Give a job back unfinished, to be taken again.
// mode:    write
// params:  lease: str -- the job's id
//          fence: int -- the number with which it was taken
//          reason: str -- why
//          counts: bool -- whether that was a failed attempt
//          at_once: bool -- whether it is hinted again at once, and not after a while
// returns: run: str, at: datetime -- when it was given back
// index:   Lease(id)
// rows:    0 or 1
MATCH (l:Lease {id: $lease})
WHERE l.fence = $fence AND l.state = 'TAKEN'
SET l.state = 'READY', l.reason = $reason, l.attempts = CASE WHEN $counts THEN l.attempts ELSE 0 END,
    l.hinted_at = CASE WHEN $at_once THEN datetime({epochMillis: 0}) ELSE l.hinted_at END
RETURN l.run AS run, datetime.realtime() AS at
