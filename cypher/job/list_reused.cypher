// summary: What answers state that a run used again, entity by entity, as `list_produced` does for those of its own.
// mode:    read
// params:  entities: list<str> -- ids of the entities that were not looked at again
//          collectors: list<str> -- by whom
// returns: id: str, labels: list<str>, key: str, tlp: str -- null where it is open, sources: list<str> -- ids of the entities
// index:   Lookup(about, collector), Entity(id)
// rows:    one an entity that still holds
UNWIND $entities AS looked
MATCH (k:Lookup {about: looked})
WHERE k.collector IN $collectors
MATCH (n:Entity {id: looked})<-[:OF]-(o:Observation)
WHERE o.run = k.run AND o.collector = k.collector
OPTIONAL MATCH (o)-[:REPEATS]->(first:Observation)
WITH looked, coalesce(first, o) AS content
MATCH (content)-[:PRODUCED]->(p:Entity)
WHERE p.holds_since IS NOT NULL
RETURN p.id AS id, labels(p) AS labels, p.key AS key, p.tlp AS tlp, collect(DISTINCT looked) AS sources
