// summary: End sessions of a user: one, all, or all but one.
// mode:    write
// params:  user: str -- the user's id
//          only: str -- the id of the one to end; null for all
//          kept: str -- the id of the one to keep; null for none
//          now: datetime
//          why: str
// returns: id: str -- of a session that was ended at this time, now or when the same was asked before
// index:   User(id)
// rows:    at most as many as a user may have
MATCH (user:User {id: $user})-[:HAS_SESSION]->(session:Session)
WHERE (session.ended_at IS NULL OR session.ended_at = $now AND session.ended_why = $why) AND session.expires_at > $now
  AND ($only IS NULL OR session.id = $only) AND ($kept IS NULL OR session.id <> $kept)
SET session.ended_at = $now, session.ended_why = $why
RETURN session.id AS id
