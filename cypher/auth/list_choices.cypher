// summary: The organizations that a user may enter, by name.
// mode:    read
// params:  user: str -- the user's id
// returns: org: str -- the organization's id, name: str
// index:   User(id)
// rows:    as many as the user belongs to
MATCH (user:User {id: $user})-[:HAS_MEMBERSHIP]->(membership:Membership)-[:IN]->(org:Organization)
WHERE user.suspended_at IS NULL AND membership.suspended_at IS NULL AND org.suspended_at IS NULL
  AND org.deleted_at IS NULL
RETURN DISTINCT org.id AS org, org.name AS name
ORDER BY name, org
