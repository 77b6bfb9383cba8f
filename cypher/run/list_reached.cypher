// summary: A page of what a run has in scope, nearest to its seeds first.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the run's id
//          behind: int -- distance of the last one seen; -1 for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: distance: int -- hops from a seed, properties: map, labels: list<str>
//          versions: list<map> -- former values with from, until
// index:   Run(id)
// rows:    at most limit
MATCH (r:Run {id: $id})
WHERE r.org = $org
  AND ($readable IS NULL OR r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
MATCH (r)-[reached:REACHED]->(n:Entity)
WHERE (reached.distance > $behind OR (reached.distance = $behind AND n.id > $behind_id))
  AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
WITH reached.distance AS distance, n
ORDER BY distance, n.id
LIMIT $limit
RETURN distance, properties(n) AS properties, labels(n) AS labels,
       COLLECT { MATCH (n)-[:WAS]->(v:Version) RETURN properties(v) } AS versions
