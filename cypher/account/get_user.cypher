// summary: A user by e-mail address.
// mode:    read
// params:  email: str
// returns: id: str, email: str, name: str -- null where none is known, created_at: datetime
//          suspended_at: datetime -- null if it is not, is_platform_admin: bool
//          organizations: list<map> -- id, name and role of each, by name
// index:   User(email)
// rows:    0 or 1
MATCH (user:User {email: $email})
RETURN user.id AS id, user.email AS email, user.name AS name, user.created_at AS created_at,
       user.suspended_at AS suspended_at, coalesce(user.is_platform_admin, false) AS is_platform_admin,
       COLLECT {
         MATCH (user)-[:HAS_MEMBERSHIP]->(m:Membership)-[:IN]->(org:Organization)
         WITH org, m ORDER BY org.name
         RETURN {id: org.id, name: org.name, role: m.role}
       } AS organizations
