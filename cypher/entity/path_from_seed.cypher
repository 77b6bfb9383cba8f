// summary: The way of derivation from a seed of a run to an entity: who was looked at gave whom. Each step back goes to
//          the nearest to a seed of those whose answers stated the last one, of equally near ones to the least id.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the entity's id
//          run: str -- the run
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: ids: list<str> -- the entities from the seed (or from as far back as is known) to the entity, both included
// index:   Entity(id), Run(id)
// rows:    0 or 1
MATCH (n:Entity {id: $id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
MATCH (run:Run {id: $run})
WHERE run.org = $org AND ($readable IS NULL OR run.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(run.named, []) AS name
    MATCH (m:Entity {id: name})
    WHERE NOT coalesce(m.tlp, '') IN $readable
  })
WITH reduce(way = [n], step IN range(1, 12) | way + COLLECT {
       WITH last(way) AS x
       MATCH (run)-[far:REACHED]->(x) WHERE far.distance > 0
       MATCH (x)<-[:PRODUCED]-(o:Observation)-[:OF]->(y:Entity)<-[near:REACHED]-(run)
       WHERE near.distance <= far.distance AND NOT y IN way
         AND ($readable IS NULL OR coalesce(o.tlp, '') IN $readable)
         AND ($readable IS NULL OR coalesce(y.tlp, '') IN $readable)
       RETURN y ORDER BY near.distance, y.id LIMIT 1
     }) AS way
RETURN reverse([x IN way | x.id]) AS ids
