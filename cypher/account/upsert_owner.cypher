// summary: Make the first user with an organization and a key, once.
// mode:    write
// params:  user: str -- the owner's id, always the same
//          email: str -- the owner's address
//          org: str -- the organization's id
//          org_name: str
//          membership: str -- the membership's id
//          key: str -- the key's id
//          prefix: str -- the beginning of the key, to recognise it by
//          hash: str -- SHA-256 of the key
//          now: datetime
// returns: org: str -- the organization
// index:   User(id)
// rows:    1 where the owner was made now, else none
MERGE (user:User {id: $user})
ON CREATE SET user.email = $email, user.created_at = $now, user.made_with = $key,
              user.is_platform_admin = true
WITH user
WHERE user.made_with = $key
MERGE (org:Organization {id: $org})
ON CREATE SET org.name = $org_name, org.created_at = $now
MERGE (key:ApiKey {hash: $hash})
ON CREATE SET key.id = $key, key.org = $org, key.prefix = $prefix, key.name = 'owner', key.created_at = $now
MERGE (user)-[:HAS_KEY]->(key)
MERGE (user)-[:HAS_MEMBERSHIP]->(membership:Membership {id: $membership, org: $org, role: 'OWNER'})
ON CREATE SET membership.user = $user, membership.created_at = $now, membership.clearance = 'RED'
MERGE (membership)-[:IN]->(org)
RETURN org.id AS org
