// summary: Set findings aside: nobody is told of them until the suppression ends or is lifted.
// mode:    write
// params:  org: str -- the organization
//          findings: list<map> -- id, suppression (its id, made from organization and fingerprint), act (the id of what is kept)
//          act: str -- what is done, the same where it is sent again
//          by: str -- who sets them aside
//          reason: str -- why
//          until: datetime -- when that ends by itself; null for never
//          now: datetime
// returns: id: str -- of each finding that is set aside now
// index:   Finding(id), Suppression(id), FindingAct(id)
// rows:    one a finding
UNWIND $findings AS row
MATCH (f:Finding {id: row.id})
WHERE f.org = $org
MERGE (suppression:Suppression {id: row.suppression})
ON CREATE SET suppression.org = $org, suppression.fingerprint = f.fingerprint, suppression.rule = f.rule
SET suppression.by = $by, suppression.reason = $reason, suppression.until = $until, suppression.created_at = $now,
    suppression.lifted_at = null, suppression.lifted_by = null
MERGE (f)-[:SUPPRESSED_BY]->(suppression)
MERGE (act:FindingAct {id: row.act})
ON CREATE SET act.org = $org, act.act = $act, act.at = $now, act.by = $by, act.comment = $reason, act.fields = ['SUPPRESSED_UNTIL'],
              act.before = [''], act.after = [coalesce(toString($until), 'FOREVER')]
MERGE (act)-[:ABOUT]->(f)
SET f.state = CASE f.state WHEN 'OPEN' THEN 'SUPPRESSED' ELSE f.state END, f.changed_at = $now
RETURN f.id AS id
