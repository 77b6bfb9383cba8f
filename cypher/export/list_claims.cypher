// summary: The claims about these entities.
// mode:    read
// params:  ids: list<str> -- the entities' ids
// returns: id: str, properties: map
// index:   Entity(id), Claim(id)
// rows:    one a claim
UNWIND $ids AS entity
MATCH (n:Entity {id: entity})<-[:OF]-(o:Observation)
WITH DISTINCT o.claim AS id
MATCH (c:Claim {id: id})
RETURN c.id AS id, properties(c) AS properties
ORDER BY id
