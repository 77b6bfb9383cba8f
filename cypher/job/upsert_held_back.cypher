// summary: Note which entities a run would have taken into its scope, had its budget had room for them; the smaller distance stays.
// mode:    write
// params:  run: str -- the run's id
//          rows: list<map> -- id and distance of each entity
// returns: id: str
// index:   Run(id), Entity(id)
// rows:    one an entity
MATCH (r:Run {id: $run})
UNWIND $rows AS row
MATCH (n:Entity {id: row.id})
MERGE (r)-[x:HELD_BACK]->(n)
SET x.distance = CASE WHEN x.distance IS NULL OR row.distance < x.distance THEN row.distance ELSE x.distance END
RETURN n.id AS id
