// summary: What two entities have in common: what both have a relationship with now.
// mode:    read
// params:  org: str -- the organization
//          left: str, right: str -- ids of entities that were read and held
//          limit: int -- how many at most
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str -- of an entity
// index:   Entity(id)
// rows:    at most limit
MATCH (:Entity {id: $left})-[one]-(shared:Entity)-[other]-(:Entity {id: $right})
WHERE shared.org = $org AND one.holds_since IS NOT NULL AND other.holds_since IS NOT NULL
  AND ($readable IS NULL OR (coalesce(shared.tlp, '') IN $readable AND coalesce(one.tlp, '') IN $readable
                             AND coalesce(other.tlp, '') IN $readable))
WITH DISTINCT shared
ORDER BY shared.key, shared.id LIMIT $limit
RETURN shared.id AS id
