// summary: Who a key belongs to, in which organization, with which role.
// mode:    read
// params:  hash: str -- SHA-256 of the key
// returns: key: str -- the key's id, user: str -- the user's id, email: str
//          org: str -- the organization's id, org_name: str, role: str
// index:   ApiKey(hash)
// rows:    0 or 1
MATCH (key:ApiKey {hash: $hash})
WHERE key.revoked_at IS NULL
MATCH (key)<-[:HAS_KEY]-(user:User)-[:HAS_MEMBERSHIP]->(membership:Membership)-[:IN]->(org:Organization)
WHERE org.id = key.org
RETURN key.id AS key, user.id AS user, user.email AS email, org.id AS org, org.name AS org_name,
       membership.role AS role
LIMIT 1
