// summary: Set a finding aside: it is not told of until the suppression ends or is lifted.
// mode:    write
// params:  id: str -- of the suppression, made from organization and fingerprint
//          org: str -- the organization
//          finding: str -- the finding's id
//          by: str -- who sets it aside
//          reason: str -- why
//          until: datetime -- when it ends by itself; null for never
//          now: datetime
// returns: id: str -- of the suppression
//          rule: str -- the finding's rule
//          subject: str -- the entity the finding is about
// index:   Finding(id), Suppression(id)
// rows:    0..1
MATCH (finding:Finding {id: $finding})
WHERE finding.org = $org
MERGE (suppression:Suppression {id: $id})
ON CREATE SET suppression.org = $org, suppression.fingerprint = finding.fingerprint, suppression.rule = finding.rule
SET suppression.by = $by, suppression.reason = $reason, suppression.until = $until, suppression.created_at = $now,
    suppression.lifted_at = null, suppression.lifted_by = null
MERGE (finding)-[:SUPPRESSED_BY]->(suppression)
RETURN suppression.id AS id, finding.rule AS rule, finding.subject AS subject
