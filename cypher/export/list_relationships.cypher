// summary: A page of the relationships that lead from these entities, former states among them.
// mode:    read
// params:  ids: list<str> -- the entities' ids
//          behind: str -- the last place seen; empty for the first page
//          limit: int -- how many at most
// returns: place: str -- to go on behind, type: str, source: str -- id, target: str -- id, properties: map
// index:   Entity(id)
// rows:    at most limit
UNWIND $ids AS id
MATCH (n:Entity {id: id})-[r]->(m:Entity)
WHERE elementId(r) > $behind
RETURN elementId(r) AS place, type(r) AS type, n.id AS source, m.id AS target, properties(r) AS properties
ORDER BY place
LIMIT $limit
