// summary: Use a refresh token: the next one takes its place. One that was used before ends its session.
// mode:    write
// params:  id: str -- the session's id
//          hash: str -- SHA-256 of the token's lasting part
//          rotation: str -- SHA-256 of its changing part
//          next: str -- SHA-256 of the changing part of the token that follows
//          client: str -- SHA-256 of where the request comes from and what it runs
//          now: datetime
//          idle_since: datetime -- a session that was not used since then is over
//          grace_since: datetime -- a token that was used after this may come once more
//          most: int -- tokens that may follow one another
// returns: outcome: str -- RENEWED; DOUBLED: the same client sent it twice within the grace; REUSED: the session ended
//          user: str, org: str
// index:   Session(id)
// rows:    0 or 1; none for a session that is over, or that its user may not use now: then nothing is changed
MATCH (session:Session {id: $id})
WHERE session.hash = $hash AND session.kind = 'TOKEN'
REMOVE session._lock
WITH session
MATCH (session)<-[:HAS_SESSION]-(user:User)-[:HAS_MEMBERSHIP]->(membership:Membership)-[:IN]->(org:Organization)
WHERE org.id = session.org AND user.suspended_at IS NULL AND membership.suspended_at IS NULL
  AND org.suspended_at IS NULL AND org.deleted_at IS NULL
  AND session.ended_at IS NULL AND session.expires_at > $now AND session.last_seen_at > $idle_since
WITH session, user, CASE
  WHEN $rotation IN session.rotations THEN 'RENEWED'
  WHEN $rotation IN session.former AND session.rotated_at > $grace_since AND session.client = $client
       AND size(session.rotations) < $most THEN 'DOUBLED'
  ELSE 'REUSED' END AS outcome
FOREACH (x IN CASE WHEN outcome = 'RENEWED' THEN [1] ELSE [] END |
  SET session.former = session.rotations, session.rotations = [$next], session.rotated_at = $now,
      session.client = $client, session.last_seen_at = $now)
FOREACH (x IN CASE WHEN outcome = 'DOUBLED' THEN [1] ELSE [] END |
  SET session.rotations = session.rotations + $next)
FOREACH (x IN CASE WHEN outcome = 'REUSED' THEN [1] ELSE [] END |
  SET session.ended_at = $now, session.ended_why = 'refresh token used twice')
RETURN outcome, user.id AS user, session.org AS org
LIMIT 1
