// summary: A page of the observations of these entities, with what they rest on.
// mode:    read
// params:  ids: list<str> -- the entities' ids
//          behind: str -- the last id seen; empty for the first page
//          limit: int -- how many at most
// returns: id: str, about: str -- id of the entity, properties: map, repeats: str -- id of an observation, null for none
//          evidence: list<map> -- sha256, media_type, size_bytes, source_url, removed_at -- null while it is kept
// index:   Entity(id)
// rows:    at most limit
UNWIND $ids AS entity
MATCH (n:Entity {id: entity})<-[:OF]-(o:Observation)
WHERE o.id > $behind
WITH n, o ORDER BY o.id LIMIT $limit
RETURN o.id AS id, n.id AS about, properties(o) AS properties,
       head(COLLECT { MATCH (o)-[:REPEATS]->(first:Observation) RETURN first.id }) AS repeats,
       COLLECT {
         MATCH (o)-[:EVIDENCED_BY]->(e:Evidence)
         RETURN e {.sha256, .media_type, .size_bytes, .source_url, .removed_at} AS evidence ORDER BY e.sha256
       } AS evidence
ORDER BY id
