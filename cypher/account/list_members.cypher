// summary: A page of those who belong to an organization, the longest first.
// mode:    read
// params:  org: str -- the organization
//          team: str -- only those on this team; null for all
//          behind: datetime -- created_at of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
// returns: id: str -- of the membership, org: str, user: str -- the user's id, email: str, name: str -- null where none is known
//          role: str, own: list<str> -- permissions of a role of the organization's own, null for a usual one
//          clearance: str, created_at: datetime, suspended_at: datetime -- null if it is not
//          is_user_suspended: bool -- everywhere, is_platform_admin: bool, teams: list<str> -- ids
// index:   Membership(org), Role(org, name)
// rows:    at most limit
MATCH (member:Membership)
WHERE member.org = $org AND ($team IS NULL OR EXISTS { (member)-[:ON]->(:Team {id: $team}) })
  AND ($behind IS NULL OR member.created_at > $behind OR (member.created_at = $behind AND member.id > $behind_id))
WITH member ORDER BY member.created_at, member.id LIMIT $limit
MATCH (member)<-[:HAS_MEMBERSHIP]-(user:User)
OPTIONAL MATCH (own:Role {org: $org, name: member.role})
RETURN member.id AS id, member.org AS org, user.id AS user, user.email AS email, user.name AS name, member.role AS role,
       own.permissions AS own, coalesce(member.clearance, 'CLEAR') AS clearance, member.created_at AS created_at,
       member.suspended_at AS suspended_at, user.suspended_at IS NOT NULL AS is_user_suspended,
       coalesce(user.is_platform_admin, false) AS is_platform_admin,
       COLLECT { MATCH (member)-[:ON]->(team:Team) RETURN team.id ORDER BY team.id } AS teams
ORDER BY created_at, id
