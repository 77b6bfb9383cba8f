// summary: Let a user belong to an organization; one who does keeps the membership as it is.
// mode:    write
// params:  org: str -- the organization
//          user: str -- the user's id
//          id: str -- of the membership, where it is new
//          role: str
//          clearance: str
//          now: datetime
// returns: id: str -- of the membership
// index:   User(id), Organization(id), Membership(org, user)
// rows:    1, or none where there is no such user or organization
MATCH (user:User {id: $user})
MATCH (org:Organization {id: $org})
MERGE (member:Membership {org: $org, user: $user})
ON CREATE SET member.id = $id, member.role = $role, member.clearance = $clearance, member.created_at = $now
MERGE (user)-[:HAS_MEMBERSHIP]->(member)
MERGE (member)-[:IN]->(org)
RETURN member.id AS id
