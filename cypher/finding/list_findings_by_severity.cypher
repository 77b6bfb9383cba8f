// summary: A page of an organization's findings, gravest first, of equal ones the latest opened first.
// mode:    read
// params:  org: str -- the organization
//          states: list<str> -- OPEN, CLOSED, SUPPRESSED
//          severities: list<str>
//          rules: list<str> -- only these rules; null for all
//          triage: list<str> -- only where people are so far; null for all
//          assignees: list<str> -- only theirs, by e-mail address, empty for nobody's; null for all
//          due_before: datetime -- only what is due until then; null for all
//          least_risk: float -- only what matters at least so much, 0..100; null for all
//          rank: int -- rank of the last one seen, 0 is CRITICAL; -1 for the first page
//          behind: datetime -- its opened_at; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the finding's, subject: str -- the id of the entity it is about
// index:   Finding(org, state)
// rows:    at most limit
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
WITH f, CASE f.severity WHEN 'CRITICAL' THEN 0 WHEN 'HIGH' THEN 1 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 3 ELSE 4 END AS place
WHERE place > $rank
   OR (place = $rank AND (f.opened_at < $behind OR (f.opened_at = $behind AND f.id > $behind_id)))
RETURN properties(f) AS properties, f.subject AS subject
ORDER BY place, f.opened_at DESC, f.id
LIMIT $limit
