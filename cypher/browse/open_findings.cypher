// summary: Open findings of one severity, with what they are about and rest on.
// params:  org: str -- the organization
//          severity: str = "HIGH" -- INFO, LOW, MEDIUM, HIGH or CRITICAL
// index:   Finding(org, state)
MATCH (finding:Finding)
WHERE finding.org = $org AND finding.state = 'OPEN' AND finding.severity = $severity
MATCH path = (finding)-[:ABOUT|RESTS_ON]->(:Entity)
RETURN path
LIMIT 300
