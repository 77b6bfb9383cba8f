// summary: Remember by which version of a pattern everything was evaluated; it is held.
// mode:    write
// params:  id: str -- of the pattern
//          digest: str -- of the version
//          now: datetime
// returns: id: str -- the same
// index:   PatternDesk(id)
// rows:    1
MATCH (d:PatternDesk {id: $id})
SET d.passed_digest = $digest, d.passed_at = $now
REMOVE d.failed_digest, d.failed_at, d.failure
RETURN d.id AS id
