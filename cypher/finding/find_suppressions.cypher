// summary: Which findings somebody has set aside for now.
// mode:    read
// params:  ids: list<str> -- ids of suppressions, made from organization and fingerprint
//          now: datetime
// returns: fingerprint: str -- of the findings set aside
// index:   Suppression(id)
// rows:    at most one an id
UNWIND $ids AS id
MATCH (suppression:Suppression {id: id})
WHERE suppression.lifted_at IS NULL AND (suppression.until IS NULL OR suppression.until > $now)
RETURN suppression.fingerprint AS fingerprint
