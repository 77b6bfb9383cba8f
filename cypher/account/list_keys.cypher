// summary: A page of an organization's keys, of one user or of all, the oldest first.
// mode:    read
// params:  org: str -- the organization
//          user: str -- only this user's; null for all
//          behind: datetime -- created_at of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
// returns: id: str, org: str, prefix: str, name: str, user: str -- whose it is, email: str
//          scopes: list<str> -- null for all of the role, clearance: str -- null for the member's
//          created_at: datetime, expires_at: datetime, revoked_at: datetime, rotated_at: datetime, used_at: datetime
//          replaces: str -- id of the key it came in place of, null if none
// index:   ApiKey(org)
// rows:    at most limit
MATCH (key:ApiKey)<-[:HAS_KEY]-(user:User)
WHERE key.org = $org AND ($user IS NULL OR user.id = $user)
  AND ($behind IS NULL OR key.created_at > $behind OR (key.created_at = $behind AND key.id > $behind_id))
RETURN key.id AS id, key.org AS org, key.prefix AS prefix, key.name AS name, user.id AS user, user.email AS email,
       key.scopes AS scopes, key.clearance AS clearance, key.created_at AS created_at, key.expires_at AS expires_at,
       key.revoked_at AS revoked_at, key.rotated_at AS rotated_at, key.used_at AS used_at, key.replaces AS replaces
ORDER BY created_at, id
LIMIT $limit
