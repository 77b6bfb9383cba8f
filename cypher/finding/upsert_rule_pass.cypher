// summary: Remember that every subject was evaluated by this version of a rule, and what it says of itself.
// mode:    write
// params:  id: str -- of the rule in the organization
//          digest: str -- what its findings depend on, as a hash
//          now: datetime
//          properties: map -- title, summary, severity and the like, for whoever reads the graph
// returns: id: str -- the same
// index:   Rule(id)
// rows:    0..1
MATCH (rule:Rule {id: $id})
SET rule += $properties, rule.passed_digest = $digest, rule.passed_at = $now, rule.retired_at = null,
    rule.failed_digest = null, rule.failure = null, rule.failed_at = null
RETURN rule.id AS id
