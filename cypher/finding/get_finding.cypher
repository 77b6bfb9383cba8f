// summary: One finding.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the finding's id
// returns: properties: map -- the finding's, subject: str -- the id of the entity it is about
// index:   Finding(id)
// rows:    0 or 1
MATCH (f:Finding {id: $id})
WHERE f.org = $org
RETURN properties(f) AS properties, f.subject AS subject
