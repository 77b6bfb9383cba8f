// summary: Change what is told of a key, and whether it is used; one that is enabled is tried again.
// mode:    write
// params:  id: str -- the key's id
//          org: str -- the organization
//          label: str -- what people call it; null to leave that as it is
//          is_enabled: bool -- whether it is used; null to leave that as it is
// returns: id: str
// index:   Secret(id)
// rows:    1, or none where there is no such key
MATCH (s:Secret {id: $id})
WHERE s.org = $org
SET s.label = coalesce($label, s.label, 'default'), s.is_enabled = coalesce($is_enabled, s.is_enabled, true)
FOREACH (_ IN CASE WHEN $is_enabled THEN [1] ELSE [] END |
  SET s.refused_at = null, s.rests_until = null, s.rests = 0, s.trouble = null)
RETURN s.id AS id
