// summary: Take jobs back from holders that stopped renewing; those that ran too often are dead.
// mode:    write
// params:  run: str -- the run's id
//          at: datetime -- now
//          expired_before: datetime -- who was to renew a job until then, and has not, has stopped
//          most_attempts: int -- how often a job is tried
//          hint_before: datetime -- ready jobs hinted before that are hinted again
//          offered: list<str> -- the collectors to be hinted now, ready jobs of others are left; null for all
// returns: id: str, state: str, collector: str, fence: int -- how often it was taken
// index:   Lease(run)
// rows:    one a job to be hinted or now dead
MATCH (l:Lease {run: $run})
WHERE (l.state = 'TAKEN' AND l.expires_at < $expired_before) OR (l.state = 'READY' AND l.hinted_at < $hint_before
      AND ($offered IS NULL OR l.collector IN $offered))
SET l.fence = l.fence + CASE l.state WHEN 'TAKEN' THEN 1 ELSE 0 END,
    l.reason = CASE WHEN l.state = 'TAKEN' THEN 'its worker stopped answering' ELSE l.reason END,
    l.deaths = CASE l.state WHEN 'TAKEN' THEN coalesce(l.deaths, 0) + 1 ELSE l.deaths END,
    l.state = CASE WHEN l.attempts >= $most_attempts THEN 'FAILED' ELSE 'READY' END,
    l.hinted_at = CASE WHEN $offered IS NULL OR l.collector IN $offered THEN $at ELSE datetime({epochMillis: 0}) END,
    l.released_at = CASE WHEN l.attempts >= $most_attempts THEN $at END
RETURN l.id AS id, l.state AS state, l.collector AS collector, l.fence AS fence
