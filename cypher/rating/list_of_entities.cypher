// summary: What was said of how much some entities matter.
// mode:    read
// params:  org: str -- the organization
//          entities: list<str> -- ids of entities
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str, entity: str -- the entity's id, criticality: str, reason: str, by: str, at: datetime
// index:   Entity(id)
// rows:    at most one an entity
UNWIND $entities AS one
MATCH (n:Entity {id: one})<-[:RATES]-(rating:AssetRating)
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
RETURN rating.id AS id, n.id AS entity, rating.criticality AS criticality, rating.reason AS reason, rating.by AS by,
       rating.at AS at
ORDER BY entity
