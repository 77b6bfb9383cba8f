// summary: Make an organization with its owner.
// mode:    write
// params:  org: str -- the organization's id
//          name: str
//          user: str -- id of the user who owns it
//          membership: str -- the membership's id
//          now: datetime
// returns: id: str
// index:   User(id), Organization(id), Membership(id)
// rows:    1, or none where there is no such user
MATCH (user:User {id: $user})
MERGE (org:Organization {id: $org})
ON CREATE SET org.name = $name, org.created_at = $now
MERGE (membership:Membership {id: $membership})
ON CREATE SET membership.org = $org, membership.user = $user, membership.role = 'OWNER', membership.clearance = 'RED',
              membership.created_at = $now
MERGE (user)-[:HAS_MEMBERSHIP]->(membership)
MERGE (membership)-[:IN]->(org)
RETURN org.id AS id
