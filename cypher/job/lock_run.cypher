// summary: A run, locked until the transaction's end, so that one conductor at a time moves it.
// mode:    write
// params:  run: str -- the run's id
//          at: datetime -- now; null for the database's own clock
// returns: id: str, org: str, state: str, spec: str, reached: int, requests: int, jobs_done: int, jobs_failed: int
//          jobs_open: int, started_at: datetime, cancelled_by: str, reason: str
//          kept_from: list<str> -- collectors to which entities were not handed for their markings
//          left_out: list<str> -- collectors that were not asked since they did not work, each with `: ` and the reason
//          paused_s: float -- seconds since its start in which it was paused
//          is_full: bool -- whether entities were held back for want of room in its budget
//          ended_at: datetime, ended_by: str -- who cancelled it, by e-mail address
//          retries: str -- the run in which failed what this one repeats
//          retries_jobs: list<str> -- only these jobs of it; null for all
//          begins_with: int -- how many entities it began with; null before its first step
//          idle_at: datetime -- the last step, where it then only waited for its hours, paused_at: datetime
//          key_units: int -- what its lookups have cost of keys, now: datetime
// index:   Run(id), User(id), KeySpending(id)
// rows:    0 or 1
MATCH (r:Run {id: $run})
REMOVE r._lock
RETURN r.id AS id, r.org AS org, r.state AS state, r.spec AS spec, r.reached AS reached, r.requests AS requests,
       r.jobs_done AS jobs_done, r.jobs_failed AS jobs_failed, r.jobs_open AS jobs_open, r.started_at AS started_at,
       r.cancelled_by AS cancelled_by, r.reason AS reason, coalesce(r.kept_from, []) AS kept_from,
       coalesce(r.left_out, []) AS left_out,
       coalesce(r.paused_s, 0.0) AS paused_s, coalesce(r.is_full, false) AS is_full, r.ended_at AS ended_at,
       head(COLLECT { MATCH (u:User {id: r.cancelled_by}) RETURN u.email }) AS ended_by,
       r.retries AS retries, r.retries_jobs AS retries_jobs, r.begins_with AS begins_with, r.idle_at AS idle_at, r.paused_at AS paused_at,
       coalesce(head(COLLECT { MATCH (k:KeySpending {id: r.id}) RETURN k.units }), 0) AS key_units,
       coalesce($at, datetime.realtime()) AS now
