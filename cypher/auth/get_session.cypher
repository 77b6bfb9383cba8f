// summary: Whose a session is, in which organization, with which role: as for a key (admin/get_key).
// mode:    read
// params:  id: str -- the session's id
//          hash: str -- SHA-256 of what its holder shows; null where a signed token named the session
//          now: datetime
//          idle_since: datetime -- one that was not used since then is over
// returns: session: str -- its id, user: str -- the user's id, email: str
//          org: str -- the organization's id, org_name: str, role: str
//          own: list<str> -- permissions of an organization's own role, null for one of the usual roles
//          clearance: str -- the member's, is_platform_admin: bool
//          kind: str -- COOKIE or TOKEN, last_seen_at: datetime, expires_at: datetime
// index:   Session(id), Role(org, name)
// rows:    0 or 1; none for a session that is over, or whose user, membership or organization is suspended
MATCH (session:Session {id: $id})
WHERE ($hash IS NULL OR session.hash = $hash)
  AND session.ended_at IS NULL AND session.expires_at > $now AND session.last_seen_at > $idle_since
MATCH (session)<-[:HAS_SESSION]-(user:User)-[:HAS_MEMBERSHIP]->(membership:Membership)-[:IN]->(org:Organization)
WHERE org.id = session.org AND user.suspended_at IS NULL AND membership.suspended_at IS NULL
  AND org.suspended_at IS NULL AND org.deleted_at IS NULL
OPTIONAL MATCH (own:Role {org: org.id, name: membership.role})
RETURN session.id AS session, user.id AS user, user.email AS email, org.id AS org, org.name AS org_name,
       membership.role AS role, own.permissions AS own,
       coalesce(membership.clearance, 'CLEAR') AS clearance,
       coalesce(user.is_platform_admin, false) AS is_platform_admin,
       session.kind AS kind, session.last_seen_at AS last_seen_at, session.expires_at AS expires_at
LIMIT 1
