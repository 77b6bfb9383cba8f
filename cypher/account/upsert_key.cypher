// summary: Give a user a further key for an organization; the same one again gets another text in place of its former.
// mode:    write
// params:  user: str
//          org: str -- the organization; null for that of the first membership
//          key: str -- the key's id
//          prefix: str -- the beginning of the key, to recognise it by
//          hash: str -- SHA-256 of the key
//          name: str -- what the key is for
//          scopes: list<str> -- permissions it is narrowed to; null for all of the role
//          clearance: str -- null for the member's
//          expires_at: datetime -- null for never
//          replaces: str -- id of the key it comes in place of; null for none
//          now: datetime
// returns: org: str -- the organization
// index:   User(id), ApiKey(id)
// rows:    1, or none where there is no such user, or the user does not belong to it
MATCH (user:User {id: $user})-[:HAS_MEMBERSHIP]->(membership:Membership)
WHERE $org IS NULL OR membership.org = $org
WITH user, membership
ORDER BY membership.created_at, membership.id
LIMIT 1
MERGE (key:ApiKey {id: $key})
ON CREATE SET key.org = membership.org, key.name = $name, key.scopes = $scopes, key.clearance = $clearance,
              key.expires_at = $expires_at, key.replaces = $replaces, key.created_at = $now
SET key.prefix = $prefix, key.hash = $hash
MERGE (user)-[:HAS_KEY]->(key)
RETURN membership.org AS org
