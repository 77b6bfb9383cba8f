// summary: How an organization has set rules, with what came of each since.
// mode:    read
// params:  org: str -- the organization
// returns: rule: str -- the rule's name
//          number: int -- how often it was set
//          text: str -- of a rule of the organization's own; null for a shipped one, and where it was deleted
//          parameters: str -- values of its parameters, as JSON
//          is_enabled: bool
//          set_by: str -- id of a user
//          set_at: datetime
//          comment: str
//          digest: str -- of the version by which everything was evaluated; null where something was not
//          failed: str -- of the version that failed last; null where none did since
//          is_retired: bool -- whether its findings were closed because it is gone or off
// index:   RuleSetting(org, rule), Rule(org, rule)
// rows:    one a rule that was ever set
MATCH (s:RuleSetting)
WHERE s.org = $org AND s.rule > '' AND s.number > 0
OPTIONAL MATCH (rule:Rule {org: $org, rule: s.rule})
RETURN s.rule AS rule, s.number AS number, s.text AS text, s.parameters AS parameters, s.is_enabled AS is_enabled,
       s.set_by AS set_by, s.set_at AS set_at, s.comment AS comment, rule.passed_digest AS digest,
       rule.failed_digest AS failed, rule.retired_at IS NOT NULL AS is_retired
