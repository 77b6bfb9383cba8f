// summary: A key of an organization, of one user or of anybody.
// mode:    read
// params:  org: str -- the organization; null for any
//          id: str -- the key's id or its prefix
//          user: str -- only if it is this user's; null for anybody's
// returns: id: str, org: str, prefix: str, name: str, user: str -- whose it is, email: str
//          scopes: list<str> -- null for all of the role, clearance: str -- null for the member's
//          created_at: datetime, expires_at: datetime, revoked_at: datetime, rotated_at: datetime, used_at: datetime
//          replaces: str -- id of the key it came in place of, null if none
// index:   ApiKey(id), ApiKey(prefix)
// rows:    one a key; several only where a prefix was drawn twice
CALL () {
  MATCH (key:ApiKey {id: $id}) RETURN key
  UNION
  MATCH (key:ApiKey {prefix: $id}) RETURN key
}
MATCH (key)<-[:HAS_KEY]-(user:User)
WHERE ($org IS NULL OR key.org = $org) AND ($user IS NULL OR user.id = $user)
RETURN key.id AS id, key.org AS org, key.prefix AS prefix, key.name AS name, user.id AS user, user.email AS email,
       key.scopes AS scopes, key.clearance AS clearance, key.created_at AS created_at, key.expires_at AS expires_at,
       key.revoked_at AS revoked_at, key.rotated_at AS rotated_at, key.used_at AS used_at, key.replaces AS replaces
ORDER BY created_at, id
