// summary: Remember that a session was used.
// mode:    write
// params:  id: str -- the session's id
//          now: datetime
// returns: id: str
// index:   Session(id)
// rows:    0 or 1
MATCH (session:Session {id: $id})
WHERE session.ended_at IS NULL AND session.last_seen_at < $now
SET session.last_seen_at = $now
RETURN session.id AS id
