// summary: What collectors answered when they looked at an entity.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the entity's id
// returns: properties: map -- the observation's, about: str -- the entity's id
//          latest: str -- the id of its claim's latest answer
//          content: str -- the id of the answer that its claim's facts are in
// index:   Entity(id), Claim(id)
// rows:    one an answer
MATCH (n:Entity {id: $id})
WHERE n.org = $org
MATCH (o:Observation)-[:OF]->(n)
OPTIONAL MATCH (c:Claim {id: o.claim})
RETURN properties(o) AS properties, n.id AS about, c.latest AS latest, c.content AS content
