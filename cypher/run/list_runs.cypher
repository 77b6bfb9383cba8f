// summary: A page of an organization's runs, latest made first.
// mode:    read
// params:  org: str -- the organization
//          scan: str -- only of this scan; null for all
//          behind: datetime -- created_at of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- of entities in scope, only those count that may be read; no reason where there are others
// index:   Run(org, created_at), KeySpending(id)
// rows:    at most limit
MATCH (r:Run)
WHERE r.org = $org AND r.created_at IS NOT NULL AND ($scan IS NULL OR r.scan = $scan)
  AND ($readable IS NULL OR r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
  AND ($behind IS NULL OR r.created_at < $behind OR (r.created_at = $behind AND r.id > $behind_id))
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
ORDER BY r.created_at DESC, r.id
LIMIT $limit
