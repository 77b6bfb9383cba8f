// summary: A page of the rows of a pattern, what moved last first, as far as they may be read.
// mode:    read
// params:  org: str -- the organization
//          pattern: str -- the pattern's id
//          since: datetime -- only what entered or left after; null for all
//          is_in: bool -- only what is in, or what left; null for both
//          behind: datetime -- when the last one seen entered or left; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the row's, basis: list<str> -- the ids of its entities
// index:   PatternRow(pattern, moved_at)
// rows:    at most limit
MATCH (r:PatternRow)
WHERE r.pattern = $pattern AND r.org = $org AND r.moved_at > coalesce($since, datetime({year: 0}))
  AND ($is_in IS NULL OR (r.left_at IS NULL) = $is_in)
  AND ($behind IS NULL OR r.moved_at < $behind OR (r.moved_at = $behind AND r.id > $behind_id))
  AND ($readable IS NULL OR (
    all(mark IN r.marked WHERE mark IN $readable)
    AND NOT EXISTS {
      MATCH (r)-[:SHOWS]->(basis:Entity)
      WHERE NOT coalesce(basis.tlp, '') IN $readable
    } AND NOT EXISTS {
      MATCH (r)-[:SHOWS]->(one:Entity)
      MATCH (r)-[:SHOWS]->(two:Entity)
      MATCH (one)-[link]->(two)
      WHERE link.id IN r.links AND NOT coalesce(link.tlp, '') IN $readable
    }))
WITH r ORDER BY r.moved_at DESC, r.id LIMIT $limit
RETURN properties(r) AS properties, COLLECT { MATCH (r)-[:SHOWS]->(basis:Entity) RETURN basis.id AS basis_id ORDER BY basis_id } AS basis
ORDER BY r.moved_at DESC, r.id
