// summary: Note that a key was used, at most once a minute.
// mode:    write
// params:  id: str -- the key's id
//          now: datetime
// returns: id: str
// index:   ApiKey(id)
// rows:    1, or none where there is no such key or a use was noted less than a minute ago
MATCH (key:ApiKey {id: $id})
WHERE key.used_at IS NULL OR key.used_at < $now - duration('PT1M')
SET key.used_at = $now
RETURN key.id AS id
