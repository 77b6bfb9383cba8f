// summary: How many relationships of each type hold now.
// mode:    read
// params:  org: str -- the organization
//          types: list<str> -- the relationship types of the ontology, to tell them from others
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: name: str -- the type
//          total: int
// index:   Entity(org, key), for it counts everything the organization has
// rows:    one a type that occurs
MATCH (n:Entity)-[r]->(m:Entity)
WHERE n.org = $org AND n.key IS NOT NULL AND type(r) IN $types AND r.holds_since IS NOT NULL
  AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
  AND ($readable IS NULL OR coalesce(r.tlp, '') IN $readable)
  AND ($readable IS NULL OR coalesce(m.tlp, '') IN $readable)
RETURN type(r) AS name, count(*) AS total
ORDER BY name
