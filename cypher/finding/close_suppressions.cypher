// summary: Lift suppressions before their time.
// mode:    write
// params:  org: str -- the organization
//          findings: list<map> -- id, suppression (its id), act (the id of what is kept)
//          act: str -- what is done, the same where it is sent again
//          by: str -- who lifts them
//          comment: str -- what is said about it; empty for nothing
//          now: datetime
// returns: id: str, is_open: bool -- each finding, and whether its rule matches
// index:   Finding(id), Suppression(id), FindingAct(id)
// rows:    one a finding
UNWIND $findings AS row
MATCH (f:Finding {id: row.id})-[:SUPPRESSED_BY]->(suppression:Suppression {id: row.suppression})
WHERE f.org = $org AND suppression.lifted_at IS NULL
SET suppression.lifted_at = $now, suppression.lifted_by = $by
MERGE (act:FindingAct {id: row.act})
ON CREATE SET act.org = $org, act.act = $act, act.at = $now, act.by = $by, act.comment = $comment, act.fields = ['SUPPRESSED_UNTIL'],
              act.before = [coalesce(toString(suppression.until), 'FOREVER')], act.after = ['']
MERGE (act)-[:ABOUT]->(f)
SET f.state = CASE f.state WHEN 'SUPPRESSED' THEN 'OPEN' ELSE f.state END, f.changed_at = $now
RETURN f.id AS id, f.state = 'OPEN' AS is_open
