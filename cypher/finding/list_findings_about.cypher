// summary: Every finding about an entity.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the entity's id
// returns: properties: map -- the finding's, subject: str -- the id of the entity it is about
// index:   Entity(id)
// rows:    one a finding
MATCH (n:Entity {id: $id})
WHERE n.org = $org
MATCH (f:Finding)-[:ABOUT]->(n)
RETURN properties(f) AS properties, n.id AS subject
