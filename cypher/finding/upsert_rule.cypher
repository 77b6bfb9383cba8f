// summary: Hold a rule in an organization, so that one process at a time evaluates it.
// mode:    write
// params:  id: str -- of the rule in the organization
//          org: str -- the organization
//          rule: str -- the rule's name, such as tls.expired
// returns: id: str -- the same
// index:   Rule(id)
// rows:    1
MERGE (rule:Rule {id: $id})
ON CREATE SET rule.org = $org, rule.rule = $rule
// Removing what is not there takes the lock and writes nothing.
REMOVE rule._lock
RETURN rule.id AS id
