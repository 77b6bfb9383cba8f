// summary: The answers that an entity, or one of its relationships, rests on now.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the entity's id, or that of an end of the relationship
//          link: str -- the relationship's id; empty for the entity itself
// returns: properties: map -- the observation's, about: str -- the entity that was looked at
//          claim: str -- the claim's id, latest: str -- the id of the claim's latest answer
//          doubt: int -- how far the claim takes doubt away, as in docs/graph-storage.md
// index:   Entity(id), Claim(id)
// rows:    one a claim
MATCH (n:Entity {id: $id})
WHERE n.org = $org
MATCH (o:Observation)-[:PRODUCED]->(n)
MATCH (c:Claim {id: o.claim})
WHERE c.content = o.id AND ($link = '' OR $link IN o.relationships)
RETURN properties(o) AS properties, c.about AS about, c.id AS claim, c.latest AS latest, c.doubt AS doubt
