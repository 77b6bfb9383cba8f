// summary: Move a run to another state, with its counts.
// mode:    write
// params:  run: str -- the run's id
//          before: str -- the state it has to be in; no row where it is in another one
//          state: str -- the state it then has
//          reason: str -- what stood in its way, or why it ended; empty where nothing did
//          reached: int -- entities in scope
//          requests: int -- lookups asked of sources so far
//          jobs_open: int, jobs_done: int, jobs_failed: int -- leases by state
//          kept_from: list<str> -- collectors to which entities were not handed for their markings
//          left_out: list<str> -- collectors that were not asked since they did not work, each with `: ` and the reason
//          is_full: bool -- whether entities were held back for want of room in its budget
//          begins_with: int -- how many entities it began with
//          is_idle: bool -- whether it only waits for its hours
//          idled_s: float -- seconds since the former step in which it only did that
//          at: datetime -- now
// returns: id: str
// index:   Run(id)
// rows:    0 or 1
MATCH (r:Run {id: $run})
WHERE r.state = $before
SET r.state = $state, r.reason = CASE $reason WHEN '' THEN null ELSE $reason END, r.reached = $reached,
    r.requests = $requests, r.jobs_open = $jobs_open, r.jobs_done = $jobs_done, r.jobs_failed = $jobs_failed,
    r.kept_from = $kept_from, r.left_out = $left_out, r.is_full = $is_full, r.begins_with = $begins_with, r.progressed_at = $at,
    r.idle_at = CASE WHEN $is_idle THEN $at END, r.paused_s = coalesce(r.paused_s, 0.0) + $idled_s,
    r.started_at = CASE WHEN $state = 'ACCEPTED' THEN r.started_at ELSE coalesce(r.started_at, $at) END,
    r.ended_at = CASE WHEN $state IN ['FINISHED', 'CANCELLED', 'FAILED'] THEN coalesce(r.ended_at, $at) END
RETURN r.id AS id
