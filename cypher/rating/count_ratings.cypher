// summary: How many entities there are of which somebody said how much they matter.
// mode:    read
// params:  org: str -- the organization
//          criticalities: list<str> -- only these; null for all
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: total: int
// index:   AssetRating(org, at)
// rows:    1
MATCH (rating:AssetRating)
WHERE rating.org = $org AND rating.at IS NOT NULL AND ($criticalities IS NULL OR rating.criticality IN $criticalities)
MATCH (rating)-[:RATES]->(n:Entity)
WHERE $readable IS NULL OR coalesce(n.tlp, '') IN $readable
RETURN count(*) AS total
