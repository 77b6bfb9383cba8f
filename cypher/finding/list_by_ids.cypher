// summary: Findings by their ids.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the findings' ids
// returns: properties: map -- the finding's, subject: str -- the id of the entity it is about
// index:   Finding(id)
// rows:    one an id that is known
UNWIND $ids AS id
MATCH (f:Finding {id: id})
WHERE f.org = $org
RETURN properties(f) AS properties, f.subject AS subject
