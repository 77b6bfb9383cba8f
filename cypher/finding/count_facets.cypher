// summary: How many findings an organization has of each value of what they can be told apart by.
// mode:    read
// params:  org: str -- the organization
//          states: list<str> -- OPEN, CLOSED, SUPPRESSED
//          severities: list<str>
//          rules: list<str> -- only these rules; null for all
//          triage: list<str> -- only where people are so far; null for all
//          assignees: list<str> -- only theirs, by e-mail address, empty for nobody's; null for all
//          due_before: datetime -- only what is due until then; null for all
//          least_risk: float -- only what matters at least so much, 0..100; null for all
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: facet: str -- SEVERITY, STATE, TRIAGE, RULE or ASSIGNEE
//          value: str, total: int
// index:   Finding(org, state)
// rows:    one a value, most frequent first
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
UNWIND [['SEVERITY', f.severity], ['STATE', f.state], ['TRIAGE', coalesce(f.triage, 'NEW')], ['RULE', f.rule],
        ['ASSIGNEE', coalesce(f.assignee, '')]] AS each
RETURN each[0] AS facet, each[1] AS value, count(*) AS total
ORDER BY facet, total DESC, value
