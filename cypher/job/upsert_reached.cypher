// summary: Put entities into a run's scope, with their distance from a seed; the smaller distance stays.
// mode:    write
// params:  run: str -- the run's id
//          rows: list<map> -- id and distance of each entity
// returns: id: str, distance: int, is_new: bool
// index:   Run(id), Entity(id)
// rows:    one an entity
MATCH (r:Run {id: $run})
UNWIND $rows AS row
MATCH (n:Entity {id: row.id})
OPTIONAL MATCH (r)-[old:REACHED]->(n)
WITH r, n, row, old IS NULL AS is_new
MERGE (r)-[x:REACHED]->(n)
SET x.distance = CASE WHEN is_new OR row.distance < x.distance THEN row.distance ELSE x.distance END
RETURN n.id AS id, x.distance AS distance, is_new
