// summary: How many organizations a user belongs to and may enter.
// mode:    read
// params:  user: str -- the user's id
// returns: total: int
// index:   User(id)
// rows:    1
MATCH (user:User {id: $user})-[:HAS_MEMBERSHIP]->(member:Membership)-[:IN]->(org:Organization)
WHERE user.suspended_at IS NULL AND member.suspended_at IS NULL AND org.suspended_at IS NULL AND org.deleted_at IS NULL
RETURN count(org) AS total
