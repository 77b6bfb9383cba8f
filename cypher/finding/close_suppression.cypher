// summary: Lift a suppression before its time.
// mode:    write
// params:  id: str -- of the suppression
//          org: str -- the organization
//          by: str -- who lifts it
//          now: datetime
// returns: id: str -- of the suppression
//          rule: str -- the finding's rule
//          subject: str -- the entity the finding is about
// index:   Suppression(id)
// rows:    0..1
MATCH (suppression:Suppression {id: $id})
WHERE suppression.org = $org AND suppression.lifted_at IS NULL
SET suppression.lifted_at = $now, suppression.lifted_by = $by
WITH suppression
MATCH (suppression)<-[:SUPPRESSED_BY]-(finding:Finding)
RETURN suppression.id AS id, finding.rule AS rule, finding.subject AS subject
