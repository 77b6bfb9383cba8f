// summary: The findings of a rule that are not closed.
// mode:    read
// params:  org: str -- the organization
//          rule: str -- the rule's name
//          most: int -- how many at once
// returns: id: str
//          subject: str -- the entity's id
// index:   Finding(org, rule)
// rows:    $most
MATCH (finding:Finding)
WHERE finding.org = $org AND finding.rule = $rule AND finding.state <> 'CLOSED'
RETURN finding.id AS id, finding.subject AS subject
LIMIT $most
