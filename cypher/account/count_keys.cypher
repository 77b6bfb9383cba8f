// summary: How many keys an organization has, of one user or of all.
// mode:    read
// params:  org: str -- the organization
//          user: str -- only this user's; null for all
// returns: total: int
// index:   ApiKey(org)
// rows:    1
MATCH (key:ApiKey)<-[:HAS_KEY]-(user:User)
WHERE key.org = $org AND ($user IS NULL OR user.id = $user)
RETURN count(key) AS total
