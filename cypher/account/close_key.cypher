// summary: End a key at a moment; one that ends before stays as it is.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the key's id
//          revoked_at: datetime -- set where it ends at once; null where it ends by itself
//          rotated_at: datetime -- set where another key took its place; null where none did
//          expires_at: datetime -- the moment
// returns: id: str
// index:   ApiKey(id)
// rows:    1, or none where the organization has no such key
MATCH (key:ApiKey {id: $id})
WHERE key.org = $org
SET key.revoked_at = coalesce(key.revoked_at, $revoked_at),
    key.rotated_at = coalesce(key.rotated_at, $rotated_at),
    key.expires_at = CASE WHEN key.expires_at < $expires_at THEN key.expires_at ELSE $expires_at END
RETURN key.id AS id
