// summary: The rules that failed in an organization when they looked last.
// mode:    read
// params:  org: str -- the organization
// returns: rule: str -- the rule's name, digest: str -- of the version that failed, reason: str, at: datetime
// index:   Rule(org, rule)
// rows:    one a rule that failed
MATCH (rule:Rule)
WHERE rule.org = $org AND rule.rule > '' AND rule.failed_at IS NOT NULL
RETURN rule.rule AS rule, rule.failed_digest AS digest, rule.failure AS reason, rule.failed_at AS at
