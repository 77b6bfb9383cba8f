// summary: What the answers of some jobs state, entity by entity: the next ring of a run.
// mode:    read
// params:  run: str -- the run's id
//          entities: list<str> -- ids of the entities that were looked at
//          collectors: list<str> -- by whom
// returns: id: str, labels: list<str>, key: str, tlp: str -- null where it is open, sources: list<str> -- ids of the entities looked at
// index:   Entity(id)
// rows:    one an entity that still holds
UNWIND $entities AS looked
MATCH (n:Entity {id: looked})<-[:OF]-(o:Observation)
WHERE o.run = $run AND o.collector IN $collectors
OPTIONAL MATCH (o)-[:REPEATS]->(first:Observation)
WITH looked, coalesce(first, o) AS content
MATCH (content)-[:PRODUCED]->(p:Entity)
WHERE p.holds_since IS NOT NULL
RETURN p.id AS id, labels(p) AS labels, p.key AS key, p.tlp AS tlp, collect(DISTINCT looked) AS sources
