// summary: Remember that a version of a rule failed, so that not everything was evaluated by it.
// mode:    write
// params:  id: str -- of the rule in the organization
//          digest: str -- of the version, as a hash
//          reason: str -- for people
//          now: datetime
// returns: id: str -- the same
// index:   Rule(id)
// rows:    0..1
MATCH (rule:Rule {id: $id})
SET rule.passed_digest = null, rule.passed_at = $now, rule.failed_digest = $digest, rule.failure = $reason,
    rule.failed_at = $now
RETURN rule.id AS id
