// summary: How an organization has set a rule, locked until the transaction's end; made where it was never set.
// mode:    write
// params:  id: str -- of the setting
//          org: str -- the organization
//          rule: str -- the rule's name
// returns: number: int
//          text: str -- null for a shipped rule, and where it was deleted
//          parameters: str -- as JSON
//          is_enabled: bool
//          changes: list<str> -- what made the last changes one each
// index:   RuleSetting(org, rule)
// rows:    1
MERGE (s:RuleSetting {org: $org, rule: $rule})
ON CREATE SET s.id = $id, s.number = 0, s.parameters = '{}', s.is_enabled = true, s.changes = []
REMOVE s._lock
RETURN s.number AS number, s.text AS text, s.parameters AS parameters, s.is_enabled AS is_enabled, s.changes AS changes
