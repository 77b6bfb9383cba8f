// summary: One run.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the run's id
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- of entities in scope, only those count that may be read; no reason where there are others
// index:   Run(id), KeySpending(id)
// rows:    0 or 1
MATCH (r:Run {id: $id})
WHERE r.org = $org
  AND ($readable IS NULL OR r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
RETURN r {
  .*,
  reached: CASE WHEN $readable IS NULL THEN r.reached ELSE COUNT {
    MATCH (r)-[:REACHED]->(found:Entity) WHERE coalesce(found.tlp, '') IN $readable
  } END,
  reason: CASE WHEN $readable IS NULL OR NOT EXISTS {
    MATCH (r)-[:REACHED]->(hidden:Entity) WHERE NOT coalesce(hidden.tlp, '') IN $readable
  } THEN r.reason END,
  left_out: CASE WHEN $readable IS NULL OR NOT EXISTS {
    MATCH (r)-[:REACHED]->(hidden:Entity) WHERE NOT coalesce(hidden.tlp, '') IN $readable
  } THEN r.left_out END,
  kept_from: CASE WHEN $readable IS NULL THEN r.kept_from END,
  key_units: head(COLLECT { MATCH (k:KeySpending {id: r.id}) RETURN k.units })
} AS properties
