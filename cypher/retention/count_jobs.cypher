// summary: How many jobs the runs have that ended before a moment.
// mode:    read
// params:  org: str -- the organization
//          before: datetime -- what is older
//          final: list<str> -- the states in which a run has ended
// returns: total: int, bytes: int -- null: they lie in the database
//          oldest: datetime -- null where there is none, needed: int -- 0
// index:   Run(org, created_at), Lease(run)
// rows:    1
MATCH (r:Run)
WHERE r.org = $org AND r.created_at < $before AND r.state IN $final AND r.ended_at < $before
WITH r, COUNT { MATCH (:Lease {run: r.id}) } AS jobs
WHERE jobs > 0
RETURN coalesce(sum(jobs), 0) AS total, null AS bytes, min(r.ended_at) AS oldest, 0 AS needed
