// summary: Keys, locked until the transaction's end, so that what is used of them is counted once.
// mode:    write
// params:  org: str -- the organization
//          ids: list<str> -- the keys
// returns: id: str, source: str, name: str, key_version: str -- of the master key that seals it, version: int -- how often it was set
//          created_at: datetime, created_by: str -- id of the user who set it last, set_at: datetime, last_used_at: datetime
//          expires_at: datetime
//          label: str -- what people call this key, is_enabled: bool, refused_at: datetime -- by its source, rests_until: datetime
//          rests: int -- how often in a row it had to rest without a word until when, trouble: str -- what its source said
//          day: str, used_day: int -- units used in that day, month: str, used_month: int -- units used in that month
// index:   Secret(id)
// rows:    one a key that is there, by id
MATCH (s:Secret)
WHERE s.id IN $ids AND s.org = $org
WITH s ORDER BY s.id
REMOVE s._lock
RETURN s.id AS id, s.source AS source, s.name AS name, s.key_version AS key_version, s.version AS version,
       s.created_at AS created_at, s.created_by AS created_by, s.set_at AS set_at, s.last_used_at AS last_used_at,
       s.expires_at AS expires_at, coalesce(s.label, 'default') AS label, coalesce(s.is_enabled, true) AS is_enabled, s.refused_at AS refused_at,
       s.rests_until AS rests_until, coalesce(s.rests, 0) AS rests, s.trouble AS trouble, coalesce(s.day, '') AS day,
       coalesce(s.used_day, 0) AS used_day, coalesce(s.month, '') AS month, coalesce(s.used_month, 0) AS used_month
