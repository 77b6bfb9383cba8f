// summary: Hold a run: nothing of it is handed out until it is resumed; jobs under way end and are kept.
// mode:    write
// params:  org: str -- the organization
//          run: str -- the run's id
//          by: str -- id of the user who pauses
//          at: datetime -- now; null for the database's own clock
//          moving: list<str> -- the states that this changes; in others the run stays as it is
//          state: str -- the state it then has
// returns: before: str -- the state it was in, state: str -- the state it has now, ended_at: datetime
//          ended_by: str -- who cancelled it, by e-mail address
// index:   Run(id), User(id)
// rows:    0 or 1
MATCH (r:Run {id: $run})
WHERE r.org = $org
REMOVE r._lock
WITH r, r.state AS before, coalesce($at, datetime.realtime()) AS now
FOREACH (x IN CASE WHEN before IN $moving THEN [1] ELSE [] END |
  SET r.state = $state, r.paused_at = now, r.paused_by = $by)
RETURN before, r.state AS state, r.ended_at AS ended_at,
       head(COLLECT { MATCH (u:User {id: r.cancelled_by}) RETURN u.email }) AS ended_by
