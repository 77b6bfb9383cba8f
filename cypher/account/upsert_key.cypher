// summary: Give a user a further key, for the organization of the first membership.
// mode:    write
// params:  user: str
//          key: str -- the key's id
//          prefix: str -- the beginning of the key, to recognise it by
//          hash: str -- SHA-256 of the key
//          name: str -- what the key is for
//          now: datetime
// returns: org: str -- the organization
// index:   User(id)
// rows:    1, or none where there is no such user
MATCH (user:User {id: $user})-[:HAS_MEMBERSHIP]->(membership:Membership)
WITH user, membership
ORDER BY membership.created_at, membership.id
LIMIT 1
CREATE (user)-[:HAS_KEY]->(:ApiKey {id: $key, org: membership.org, prefix: $prefix, hash: $hash, name: $name, created_at: $now})
RETURN membership.org AS org
