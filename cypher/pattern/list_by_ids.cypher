// summary: Rows of patterns by their ids, as far as they may be read.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the rows' ids
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the row's, basis: list<str> -- the ids of its entities
// index:   PatternRow(id)
// rows:    one an id that is known
UNWIND $ids AS id
MATCH (r:PatternRow {id: id})
WHERE r.org = $org
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
RETURN properties(r) AS properties, COLLECT { MATCH (r)-[:SHOWS]->(basis:Entity) RETURN basis.id AS basis_id ORDER BY basis_id } AS basis
