// summary: Open findings that somebody held to be mended, and all of whose facts were seen again since, are new again.
// mode:    write
// params:  org: str -- the organization
//          by: str -- whose word that is
//          comment: str -- what is said about it
//          now: datetime
// returns: id: str -- of each finding
// index:   Finding(org, triage)
// rows:    one a finding
MATCH (f:Finding)
WHERE f.org = $org AND f.triage = 'RESOLVED' AND f.state = 'OPEN'
  AND NOT EXISTS { MATCH (f)-[:ABOUT|RESTS_ON]->(basis:Entity) WHERE basis.last_seen <= f.triaged_at }
SET f.triage = 'NEW', f.triaged_at = $now, f.changed_at = $now
CREATE (:FindingAct {id: randomUUID(), org: $org, at: $now, by: $by, comment: $comment, fields: ['TRIAGE'],
                     before: ['RESOLVED'], after: ['NEW']})-[:ABOUT]->(f)
RETURN f.id AS id
