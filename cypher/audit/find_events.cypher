// summary: A page of a chain's rows that match, newest first.
// mode:    read
// params:  org: str -- the organization; empty for the platform's own chain
//          before: int -- seq of the last row seen; null for the first page
//          actor: str -- id of a user or of a credential, action: str, subject: str, outcome: str -- null for any
//          since: datetime, until: datetime -- null for no bound; until is excluded
//          limit: int -- how many at most
// returns: properties: map
// index:   AuditEvent(org, seq)
// rows:    at most limit
MATCH (e:AuditEvent)
WHERE e.org = $org AND e.seq < coalesce($before, 9223372036854775807)
  AND ($actor IS NULL OR e.actor = $actor OR e.credential = $actor)
  AND ($action IS NULL OR e.action = $action)
  AND ($subject IS NULL OR e.subject = $subject)
  AND ($outcome IS NULL OR e.outcome = $outcome)
  AND ($since IS NULL OR e.at >= $since)
  AND ($until IS NULL OR e.at < $until)
RETURN properties(e) AS properties
ORDER BY e.seq DESC
LIMIT $limit
