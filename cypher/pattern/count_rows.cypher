// summary: How many rows a pattern has, as far as they may be read.
// mode:    read
// params:  org: str -- the organization
//          pattern: str -- the pattern's id
//          since: datetime -- only what entered or left after; null for all
//          is_in: bool -- only what is in, or what left; null for both
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: total: int
// index:   PatternRow(pattern, moved_at)
// rows:    1
MATCH (r:PatternRow)
WHERE r.pattern = $pattern AND r.org = $org AND r.moved_at > coalesce($since, datetime({year: 0}))
  AND ($is_in IS NULL OR (r.left_at IS NULL) = $is_in)
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
RETURN count(*) AS total
