// summary: A page of all users, by e-mail address.
// mode:    read
// params:  behind: str -- the last address seen; empty for the first page
//          limit: int -- how many at most
// returns: id: str, email: str, name: str -- null where none is known, created_at: datetime
//          suspended_at: datetime -- null if it is not, is_platform_admin: bool
//          organizations: list<map> -- id, name and role of each, by name
// index:   User(email)
// rows:    at most limit
MATCH (user:User)
WHERE user.email > $behind
WITH user ORDER BY user.email LIMIT $limit
RETURN user.id AS id, user.email AS email, user.name AS name, user.created_at AS created_at,
       user.suspended_at AS suspended_at, coalesce(user.is_platform_admin, false) AS is_platform_admin,
       COLLECT {
         MATCH (user)-[:HAS_MEMBERSHIP]->(m:Membership)-[:IN]->(org:Organization)
         WITH org, m ORDER BY org.name
         RETURN {id: org.id, name: org.name, role: m.role}
       } AS organizations
ORDER BY email
