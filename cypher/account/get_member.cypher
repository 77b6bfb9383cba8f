// summary: Who belongs to an organization by a membership.
// mode:    read
// params:  org: str -- the organization
//          id: str -- of the membership
// returns: id: str -- of the membership, org: str, user: str -- the user's id, email: str, name: str -- null where none is known
//          role: str, own: list<str> -- permissions of a role of the organization's own, null for a usual one
//          clearance: str, created_at: datetime, suspended_at: datetime -- null if it is not
//          is_user_suspended: bool -- everywhere, is_platform_admin: bool, teams: list<str> -- ids
// index:   Membership(id), Role(org, name)
// rows:    1, or none where the organization has no such member
MATCH (member:Membership {id: $id})
WHERE member.org = $org
MATCH (member)<-[:HAS_MEMBERSHIP]-(user:User)
OPTIONAL MATCH (own:Role {org: $org, name: member.role})
RETURN member.id AS id, member.org AS org, user.id AS user, user.email AS email, user.name AS name, member.role AS role,
       own.permissions AS own, coalesce(member.clearance, 'CLEAR') AS clearance, member.created_at AS created_at,
       member.suspended_at AS suspended_at, user.suspended_at IS NOT NULL AS is_user_suspended,
       coalesce(user.is_platform_admin, false) AS is_platform_admin,
       COLLECT { MATCH (member)-[:ON]->(team:Team) RETURN team.id ORDER BY team.id } AS teams
