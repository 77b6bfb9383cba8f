// summary: An organization's findings in groups that have a value in common, the gravest group first.
// mode:    read
// params:  org: str -- the organization
//          states: list<str> -- OPEN, CLOSED, SUPPRESSED
//          severities: list<str>
//          rules: list<str> -- only these rules; null for all
//          triage: list<str> -- only where people are so far; null for all
//          assignees: list<str> -- only theirs, by e-mail address, empty for nobody's; null for all
//          due_before: datetime -- only what is due until then; null for all
//          least_risk: float -- only what matters at least so much, 0..100; null for all
//          by: str -- RULE, SUBJECT or ASSIGNEE: what they have in common
//          limit: int -- how many groups at most
//          each: int -- how many findings of each are named at most
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: value: str -- a rule's name, an entity's id, an e-mail address or empty
//          total: int, rank: int -- of the gravest, 0 is CRITICAL
//          latest: datetime -- when the latest was opened
//          findings: list<str> -- ids, the gravest first
// index:   Finding(org, state)
// rows:    one a group, at most limit
MATCH (f:Finding)
WHERE f.org = $org AND f.state IN $states AND f.severity IN $severities AND ($rules IS NULL OR f.rule IN $rules)
  AND ($triage IS NULL OR coalesce(f.triage, 'NEW') IN $triage)
  AND ($assignees IS NULL OR coalesce(f.assignee, '') IN $assignees)
  AND ($due_before IS NULL OR f.due_at < $due_before)
  AND ($least_risk IS NULL OR f.risk >= $least_risk)
  AND ($readable IS NULL OR NOT EXISTS {
    MATCH (f)-[:ABOUT|RESTS_ON]->(basis:Entity)
    WHERE NOT coalesce(basis.tlp, '') IN $readable
  } AND NOT EXISTS {
    MATCH (f)-[:ABOUT|RESTS_ON]->(one:Entity)
    MATCH (f)-[:ABOUT|RESTS_ON]->(two:Entity)
    MATCH (one)-[link]->(two)
    WHERE link.id IN f.evidence_relationships AND NOT coalesce(link.tlp, '') IN $readable
  })
WITH f, CASE f.severity WHEN 'CRITICAL' THEN 0 WHEN 'HIGH' THEN 1 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 3 ELSE 4 END AS rank,
     CASE $by WHEN 'RULE' THEN f.rule WHEN 'SUBJECT' THEN f.subject ELSE coalesce(f.assignee, '') END AS value
ORDER BY rank, f.opened_at DESC, f.id
WITH value, count(*) AS total, min(rank) AS rank, max(f.opened_at) AS latest, collect(f.id)[..$each] AS findings
RETURN value, total, rank, latest, findings
ORDER BY rank, total DESC, value
LIMIT $limit
