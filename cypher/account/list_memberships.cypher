// summary: A page of the organizations that a user belongs to and may enter, by name.
// mode:    read
// params:  user: str -- the user's id
//          behind: str -- the name of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
// returns: id: str -- of the membership, org: str -- the organization's id, org_name: str, role: str, clearance: str
//          created_at: datetime
// index:   User(id)
// rows:    at most limit
MATCH (user:User {id: $user})-[:HAS_MEMBERSHIP]->(member:Membership)-[:IN]->(org:Organization)
WHERE user.suspended_at IS NULL AND member.suspended_at IS NULL AND org.suspended_at IS NULL AND org.deleted_at IS NULL
  AND ($behind IS NULL OR org.name > $behind OR (org.name = $behind AND org.id > $behind_id))
RETURN member.id AS id, org.id AS org, org.name AS org_name, member.role AS role,
       coalesce(member.clearance, 'CLEAR') AS clearance, member.created_at AS created_at
ORDER BY org_name, org
LIMIT $limit
