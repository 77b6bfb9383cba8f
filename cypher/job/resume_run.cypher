// summary: Let a run that was paused go on where it stood; what lay ready is hinted by the next step.
// mode:    write
// params:  org: str -- the organization
//          run: str -- the run's id
//          by: str -- id of the user who resumes
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
        WHEN r.started_at IS NULL OR now < r.paused_at THEN 0.0
        ELSE duration.inSeconds(r.paused_at, now).milliseconds / 1000.0 END,
      r.state = $state, r.resumed_at = now, r.resumed_by = $by)
WITH r, before
CALL (r, before) {
  MATCH (l:Lease {run: r.id})
  WHERE before IN $moving AND l.state = 'READY'
  SET l.hinted_at = datetime({epochMillis: 0})
  RETURN count(l) AS ready
}
RETURN before, r.state AS state, r.ended_at AS ended_at,
       head(COLLECT { MATCH (u:User {id: r.cancelled_by}) RETURN u.email }) AS ended_by
