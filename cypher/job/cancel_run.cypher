// summary: End a run now: no lease of it counts any more, so nothing that is still under way can be written.
// mode:    write
// params:  org: str -- the organization
//          run: str -- the run's id
//          by: str -- id of the user who cancels
//          at: datetime -- now; null for the database's own clock
//          moving: list<str> -- the states that this changes; in others the run stays as it is
//          state: str -- the state it then has
// returns: before: str -- the state it was in, state: str -- the state it has now, ended_at: datetime
//          ended_by: str -- who cancelled it, by e-mail address
// index:   Run(id), Lease(run), User(id)
// rows:    0 or 1
MATCH (r:Run {id: $run})
WHERE r.org = $org
REMOVE r._lock
WITH r, r.state AS before, coalesce($at, datetime.realtime()) AS now
FOREACH (x IN CASE WHEN before IN $moving THEN [1] ELSE [] END |
  SET r.paused_s = coalesce(r.paused_s, 0.0) + CASE
        WHEN before <> 'PAUSED' OR r.started_at IS NULL OR now < r.paused_at THEN 0.0
        ELSE duration.inSeconds(r.paused_at, now).milliseconds / 1000.0 END,
      r.state = $state, r.cancelled_by = $by, r.ended_at = now, r.reason = 'cancelled', r.jobs_open = 0)
WITH r, before, now
CALL (r, before, now) {
  MATCH (l:Lease {run: r.id})
  WHERE before IN $moving AND l.state IN ['READY', 'TAKEN']
  SET l.state = 'CANCELLED', l.fence = l.fence + 1, l.released_at = now, l.followed_at = now
  RETURN count(l) AS ended
}
RETURN before, r.state AS state, r.ended_at AS ended_at,
       head(COLLECT { MATCH (u:User {id: r.cancelled_by}) RETURN u.email }) AS ended_by
