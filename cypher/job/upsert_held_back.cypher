// summary: Note which entities a run would have taken into its scope, had its budget had room for them.
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
ON CREATE SET x.distance = row.distance
RETURN n.id AS id
