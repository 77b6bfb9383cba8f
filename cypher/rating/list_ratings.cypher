// summary: A page of what was said of how much entities matter, latest first.
// mode:    read
// params:  org: str -- the organization
//          criticalities: list<str> -- only these; null for all
//          behind: datetime -- when the last one seen was said; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str, entity: str -- the entity's id, criticality: str, reason: str, by: str, at: datetime
// index:   AssetRating(org, at)
// rows:    at most limit
MATCH (rating:AssetRating)
WHERE rating.org = $org AND rating.at IS NOT NULL AND ($criticalities IS NULL OR rating.criticality IN $criticalities)
  AND ($behind IS NULL OR rating.at < $behind OR (rating.at = $behind AND rating.id > $behind_id))
MATCH (rating)-[:RATES]->(n:Entity)
WHERE $readable IS NULL OR coalesce(n.tlp, '') IN $readable
RETURN rating.id AS id, n.id AS entity, rating.criticality AS criticality, rating.reason AS reason, rating.by AS by,
       rating.at AS at
ORDER BY at DESC, id
LIMIT $limit
