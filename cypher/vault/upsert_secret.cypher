// summary: Set a secret: a new one, or a new value for one. The same change again changes nothing.
// mode:    write
// params:  id: str -- the secret's id
//          org: str -- the organization
//          source: str -- whose secret it is
//          name: str
//          slot: str -- what tells it from the first of its name; empty for that one
//          label: str -- what people call it where it is new
//          sealed: str -- the value, sealed
//          key_version: str -- of the master key that seals it
//          expires_at: datetime -- when it is of no use any more; null for never
//          by: str -- id of the user who sets it
//          change: str -- what makes this change one, however often it is carried out
//          now: datetime
// returns: id: str, version: int -- how often it was set
// index:   Secret(id)
// rows:    1
MERGE (s:Secret {id: $id})
ON CREATE SET s.org = $org, s.source = $source, s.name = $name, s.slot = $slot, s.label = $label, s.created_at = $now, s.version = 0
REMOVE s._lock
FOREACH (x IN CASE WHEN $change IN coalesce(s.changes, []) THEN [] ELSE [1] END |
  SET s.version = s.version + 1, s.set_at = $now, s.sealed = $sealed, s.key_version = $key_version,
      s.expires_at = $expires_at, s.created_by = $by, s.refused_at = null, s.rests_until = null, s.rests = 0,
      s.trouble = null, s.day = null, s.used_day = 0, s.month = null, s.used_month = 0, s.changes = ([$change] + coalesce(s.changes, []))[0..20])
RETURN s.id AS id, s.version AS version
