// summary: Remember that a rule is gone, or off, and its findings are closed.
// mode:    write
// params:  id: str -- of the rule in the organization
//          now: datetime
// returns: id: str -- the same
// index:   Rule(id)
// rows:    0..1
MATCH (rule:Rule {id: $id})
SET rule.retired_at = $now, rule.passed_digest = null, rule.failed_digest = null, rule.failure = null,
    rule.failed_at = null
RETURN rule.id AS id
