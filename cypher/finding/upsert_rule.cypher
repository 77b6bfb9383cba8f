// summary: Hold a rule in an organization, so that one process at a time evaluates it; tells how it is set by then.
// mode:    write
// params:  id: str -- of the rule in the organization
//          org: str -- the organization
//          rule: str -- the rule's name, such as tls.expired
// returns: id: str -- the same
//          number: int -- how often the organization has set it
// index:   Rule(id), RuleSetting(org, rule)
// rows:    1
MERGE (rule:Rule {id: $id})
ON CREATE SET rule.org = $org, rule.rule = $rule
// Removing what is not there takes the lock and writes nothing.
REMOVE rule._lock
WITH rule
OPTIONAL MATCH (s:RuleSetting {org: $org, rule: $rule})
RETURN rule.id AS id, coalesce(s.number, 0) AS number
