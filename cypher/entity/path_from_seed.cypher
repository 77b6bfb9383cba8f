// summary: A shortest way of derivation from a seed of a run to an entity: who was looked at gave whom.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the entity's id
//          run: str -- the run
// returns: ids: list<str> -- the entities from the seed to the entity, both included
// index:   Entity(id), Run(id)
// rows:    0 or 1
MATCH (n:Entity {id: $id})
WHERE n.org = $org
MATCH (run:Run {id: $run})-[:REACHED {distance: 0}]->(seed:Entity)
WHERE run.org = $org
MATCH p = SHORTEST 1 (n)((:Entity)<-[:PRODUCED]-(:Observation)-[:OF]->(:Entity)){0,12}(seed)
RETURN reverse([x IN nodes(p) WHERE x:Entity | x.id]) AS ids
ORDER BY size(ids), ids
LIMIT 1
