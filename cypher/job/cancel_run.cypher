// summary: End a run now: no lease of it counts any more, so nothing that is still under way can be written.
// mode:    write
// params:  org: str -- the organization
//          run: str -- the run's id
//          by: str -- id of the user who cancels
//          at: datetime -- now
// returns: id: str, state: str -- the state it has now, was_open: bool -- whether this call ended it
// index:   Run(id), Lease(run)
// rows:    0 or 1
MATCH (r:Run {id: $run})
WHERE r.org = $org
REMOVE r._lock
WITH r, r.state IN ['ACCEPTED', 'RUNNING'] AS was_open
FOREACH (x IN CASE WHEN was_open THEN [1] ELSE [] END |
  SET r.state = 'CANCELLED', r.cancelled_by = $by, r.ended_at = $at, r.reason = 'cancelled', r.jobs_open = 0)
WITH r, was_open
CALL (r, was_open) {
  MATCH (l:Lease {run: r.id})
  WHERE was_open AND l.state IN ['READY', 'TAKEN']
  SET l.state = 'CANCELLED', l.fence = l.fence + 1, l.released_at = $at, l.followed_at = $at
  RETURN count(l) AS ended
}
RETURN r.id AS id, r.state AS state, was_open
