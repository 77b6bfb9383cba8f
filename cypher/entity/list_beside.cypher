// summary: What lies beside entities along relationships of some types, closed ones included, up to a number of each.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the entities' ids
//          types: list<str> -- relationship types
//          most: int -- relationships of one entity at most
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str -- of the entity
//          beside: list<list<str>> -- ids: of each relationship, and of the entity at its other end
//          is_common: bool -- whether it is on a list of what is too common to mean much
// index:   Entity(id)
// rows:    one an entity
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
RETURN n.id AS id, COLLECT {
  MATCH (n)-[r]-(m:Entity)
  WHERE type(r) IN $types
    AND ($readable IS NULL OR coalesce(r.tlp, '') IN $readable)
    AND ($readable IS NULL OR coalesce(m.tlp, '') IN $readable)
  WITH DISTINCT r.id AS link, m.id AS other
  RETURN [link, other] ORDER BY link LIMIT $most
} AS beside, EXISTS {
  MATCH (n)-[known:LISTED_IN]->(common:Feed)
  WHERE known.holds_since IS NOT NULL AND common.polarity = 'known_common'
    AND ($readable IS NULL OR coalesce(known.tlp, '') IN $readable)
    AND ($readable IS NULL OR coalesce(common.tlp, '') IN $readable)
} AS is_common
