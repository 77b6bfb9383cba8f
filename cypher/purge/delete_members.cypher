// summary: Delete some members of an organization, and those users who then belong to none, with what opens them.
// mode:    write
// params:  org: str -- the organization
//          limit: int -- how many at most
// returns: deleted: int -- how many memberships
// index:   Membership(org)
// rows:    1
MATCH (member:Membership)
WHERE member.org = $org
WITH member LIMIT $limit
OPTIONAL MATCH (member)<-[:HAS_MEMBERSHIP]-(user:User)
WITH member, user,
     NOT coalesce(user.is_platform_admin, false) AND
     COUNT { MATCH (user)-[:HAS_MEMBERSHIP]->(other:Membership) WHERE other.org <> $org } = 0 AS is_last
WITH member, CASE WHEN is_last THEN user END AS last
OPTIONAL MATCH (last)-[:HAS_KEY|HAS_SESSION|HAS_FACTOR|HAS_IDENTITY|MAY_RESET]->(hanging)
WITH collect(DISTINCT member) + collect(DISTINCT last) + collect(DISTINCT hanging) AS gone,
     count(DISTINCT member) AS deleted
FOREACH (each IN gone | DETACH DELETE each)
RETURN deleted
