// summary: Secrets to be used now, sealed; that they are used is noted to the minute.
// mode:    write
// params:  ids: list<str> -- the secrets' ids
//          org: str -- the organization
//          now: datetime
// returns: name: str, sealed: str
// index:   Secret(id)
// rows:    one a secret that is set and has not expired
MATCH (s:Secret)
WHERE s.id IN $ids AND s.org = $org AND s.sealed IS NOT NULL AND (s.expires_at IS NULL OR s.expires_at > $now)
FOREACH (x IN CASE WHEN s.last_used_at IS NULL OR s.last_used_at < $now - duration('PT1M') THEN [1] ELSE [] END |
  SET s.last_used_at = $now)
RETURN s.name AS name, s.sealed AS sealed
