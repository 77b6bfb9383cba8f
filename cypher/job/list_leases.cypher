// summary: A run's jobs that are not settled: open ones, and ended ones whose results the conductor has not yet followed.
// mode:    read
// params:  run: str -- the run's id
// returns: id: str, collector: str, state: str, entities: list<str>, distance: int, attempts: int, requests: int
//          expires_at: datetime, hinted_at: datetime, is_followed: bool, reason: str
//          asked: str -- how its collector is asked, as a digest, is_reused: bool -- whether earlier answers stand for it
//          fence: int -- how often it was taken
// index:   Lease(run)
// rows:    as many as are open, and those ended since the last step
MATCH (l:Lease {run: $run})
WHERE l.state IN ['READY', 'TAKEN'] OR l.followed_at IS NULL
RETURN l.id AS id, l.collector AS collector, l.state AS state, l.entities AS entities, l.distance AS distance,
       l.attempts AS attempts, coalesce(l.requests, 0) AS requests, l.expires_at AS expires_at, l.hinted_at AS hinted_at,
       l.followed_at IS NOT NULL AS is_followed, l.reason AS reason, l.asked AS asked,
       l.reused_at IS NOT NULL AS is_reused, l.fence AS fence
