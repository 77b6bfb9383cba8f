// summary: Open, change, reopen or set aside findings of a rule, with what they are about and rest on.
// mode:    write
// params:  org: str -- the organization
//          rule: str -- the rule's name
//          rule_id: str -- of the rule in the organization
//          version: int -- the rule's version
//          confidence: float -- how far the rule is to be believed, 0..1
//          now: datetime
//          findings: list<map> -- id, fingerprint, subject, state, title, severity, score, details, evidence, links, shared
// returns: id: str -- of each finding
// index:   Finding(id), Entity(id), Rule(id)
// rows:    one a finding
MATCH (rule:Rule {id: $rule_id})
UNWIND $findings AS row
MATCH (subject:Entity {id: row.subject})
MERGE (finding:Finding {id: row.id})
ON CREATE SET finding.org = $org, finding.rule = $rule, finding.fingerprint = row.fingerprint,
              finding.subject = row.subject, finding.first_opened_at = $now, finding.opened_at = $now
MERGE (finding)-[:ABOUT]->(subject)
MERGE (finding)-[:FIRED_BY]->(rule)
WITH finding, row, finding.state = 'CLOSED' AS is_back, finding.opened_at AS opened_at, finding.closed_at AS closed_at
SET finding.past = CASE WHEN is_back THEN coalesce(finding.past, []) + [opened_at, closed_at] ELSE finding.past END,
    finding.opened_at = CASE WHEN is_back THEN $now ELSE opened_at END,
    finding.triage = CASE WHEN is_back THEN null ELSE finding.triage END,
    finding.closed_at = null, finding.cleared_by = null, finding.cleared_reason = null,
    finding.state = row.state, finding.title = row.title, finding.severity = row.severity,
    finding.score = row.score, finding.details = row.details, finding.evidence = row.evidence,
    finding.evidence_relationships = row.links, finding.shared = row.shared, finding.rule_version = $version,
    finding.confidence = $confidence, finding.changed_at = $now
WITH finding, row
CALL (finding, row) {
  MATCH (finding)-[old:RESTS_ON]->(former:Entity)
  WHERE NOT former.id IN row.evidence
  DELETE old
}
CALL (finding, row) {
  UNWIND row.evidence AS id
  MATCH (basis:Entity {id: id})
  MERGE (finding)-[:RESTS_ON]->(basis)
}
RETURN finding.id AS id
