// summary: Remember that a version of a pattern failed, and why; its rows stay as they are. It is held.
// mode:    write
// params:  id: str -- of the pattern
//          digest: str -- of the version
//          reason: str
//          now: datetime
// returns: id: str -- the same
// index:   PatternDesk(id)
// rows:    1
MATCH (d:PatternDesk {id: $id})
SET d.failed_digest = $digest, d.failure = $reason, d.failed_at = $now
REMOVE d.passed_digest, d.passed_at
RETURN d.id AS id
