// summary: How many keys a user has for an organization that have not ended.
// mode:    read
// params:  org: str -- the organization
//          user: str -- the user's id
//          now: datetime
// returns: total: int
// index:   User(id)
// rows:    1
MATCH (user:User {id: $user})-[:HAS_KEY]->(key:ApiKey)
WHERE key.org = $org AND key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > $now)
RETURN count(key) AS total
