// summary: The live sessions of a user, last used first.
// mode:    read
// params:  user: str -- the user's id
//          now: datetime
//          idle_since: datetime -- one that was not used since then is over
// returns: id: str, org: str, org_name: str, kind: str, method: str -- how the user signed in, address: str, agent: str
//          created_at: datetime, last_seen_at: datetime, expires_at: datetime
// index:   User(id), Organization(id)
// rows:    at most as many as a user may have
MATCH (user:User {id: $user})-[:HAS_SESSION]->(session:Session)
WHERE session.ended_at IS NULL AND session.expires_at > $now AND session.last_seen_at > $idle_since
MATCH (org:Organization {id: session.org})
RETURN session.id AS id, org.id AS org, org.name AS org_name, session.kind AS kind, session.method AS method,
       session.address AS address, session.agent AS agent, session.created_at AS created_at,
       session.last_seen_at AS last_seen_at, session.expires_at AS expires_at
ORDER BY last_seen_at DESC, id
