// summary: What the rules of an organization's own say of themselves and of their findings.
// mode:    read
// params:  org: str -- the organization
// returns: rule: str -- the rule's name
//          subject: str -- the kind of what its findings are about
//          explanation: str, remediation: str, references: list<str>
// index:   RuleSetting(org, rule)
// rows:    one a rule of its own
MATCH (s:RuleSetting)
WHERE s.org = $org AND s.rule > '' AND s.text IS NOT NULL
RETURN s.rule AS rule, s.subject AS subject, s.explanation AS explanation, s.remediation AS remediation,
       s.references AS references
