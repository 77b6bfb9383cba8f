// summary: The suppression of a finding that stands.
// mode:    read
// params:  org: str -- the organization
//          id: str -- of a finding that may be read
//          now: datetime
// returns: by: str, reason: str, since: datetime, until: datetime -- null where it does not end by itself
// index:   Finding(id)
// rows:    0 or 1
MATCH (f:Finding {id: $id})-[:SUPPRESSED_BY]->(aside:Suppression)
WHERE f.org = $org AND aside.lifted_at IS NULL AND (aside.until IS NULL OR aside.until > $now)
RETURN aside.by AS by, aside.reason AS reason, aside.created_at AS since, aside.until AS until
