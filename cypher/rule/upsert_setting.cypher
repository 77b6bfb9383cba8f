// summary: Set a rule that is locked, as a new version; what is older than the versions to keep is forgotten.
// mode:    write
// params:  org: str -- the organization
//          rule: str -- the rule's name
//          number: int -- the version's number
//          version_id: str -- the version's id
//          text: str -- null for a shipped rule, and to delete one
//          parameters: str -- values of its parameters, as JSON
//          is_enabled: bool
//          by: str -- id of the user who sets it
//          at: datetime
//          comment: str -- why, for people
//          words: map -- subject, explanation, remediation, references; null values for a shipped rule
//          changes: list<str> -- what makes the last changes one each
//          kept: int -- how many versions are kept
// returns: number: int
// index:   RuleSetting(org, rule), RuleVersion(org, rule, number)
// rows:    1
MATCH (s:RuleSetting {org: $org, rule: $rule})
SET s += $words, s.number = $number, s.text = $text, s.parameters = $parameters, s.is_enabled = $is_enabled,
    s.set_by = $by, s.set_at = $at, s.comment = $comment, s.changes = $changes
MERGE (v:RuleVersion {org: $org, rule: $rule, number: $number})
ON CREATE SET v.id = $version_id, v.text = $text, v.parameters = $parameters, v.is_enabled = $is_enabled,
              v.set_by = $by, v.set_at = $at, v.comment = $comment
WITH v.number AS number
CALL (number) {
  MATCH (old:RuleVersion)
  WHERE old.org = $org AND old.rule = $rule AND old.number <= number - $kept
  DELETE old
}
RETURN number
