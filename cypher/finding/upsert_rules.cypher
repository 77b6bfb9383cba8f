// summary: Hold rules in an organization, so that one process at a time evaluates them; tells how each is set by then.
// mode:    write
// params:  org: str -- the organization
//          rules: list<map> -- id, that of the rule in the organization; rule, its name, such as tls.expired; sorted
// returns: rule: str -- its name
//          number: int -- how often the organization has set it
// index:   Rule(id), RuleSetting(org, rule)
// rows:    one a rule
UNWIND $rules AS row
MERGE (rule:Rule {id: row.id})
ON CREATE SET rule.org = $org, rule.rule = row.rule
// Removing what is not there takes the lock and writes nothing.
REMOVE rule._lock
WITH rule
OPTIONAL MATCH (s:RuleSetting {org: $org, rule: rule.rule})
RETURN rule.rule AS rule, coalesce(s.number, 0) AS number
