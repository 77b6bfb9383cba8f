// summary: By which versions of its rules everything in an organization was evaluated.
// mode:    read
// params:  org: str -- the organization
// returns: id: str -- of the rule in the organization
//          rule: str -- the rule's name
//          digest: str -- of the version; null when something was not evaluated yet
//          is_retired: bool -- whether it was found to be gone
// index:   Rule(org, rule)
// rows:    one a rule
MATCH (rule:Rule)
WHERE rule.org = $org AND rule.rule > ''
RETURN rule.id AS id, rule.rule AS rule, rule.passed_digest AS digest, rule.retired_at IS NOT NULL AS is_retired
