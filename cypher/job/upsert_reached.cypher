// summary: Put entities into a run's scope, with their distance from a seed; the smaller distance stays.
// mode:    write
// params:  run: str -- the run's id
//          rows: list<map> -- id and distance of each entity
// returns: id: str, was: int -- its distance before; null where it is new
// index:   Run(id), Entity(id)
// rows:    one an entity
MATCH (r:Run {id: $run})
UNWIND $rows AS row
MATCH (n:Entity {id: row.id})
OPTIONAL MATCH (r)-[old:REACHED]->(n)
WITH r, n, row, old.distance AS was
MERGE (r)-[x:REACHED]->(n)
SET x.distance = CASE WHEN was IS NULL OR row.distance < was THEN row.distance ELSE was END
RETURN n.id AS id, was
