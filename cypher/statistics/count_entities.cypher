// summary: How many entities of each kind hold now.
// mode:    read
// params:  org: str -- the organization
//          kinds: list<str> -- the kinds of the ontology, to tell them from other labels
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: name: str -- the kind
//          total: int
// index:   Entity(org, key), for it counts everything the organization has
// rows:    one a kind that occurs
MATCH (n:Entity)
WHERE n.org = $org AND n.key IS NOT NULL AND n.holds_since IS NOT NULL
  AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
WITH [label IN labels(n) WHERE label IN $kinds][0] AS name
RETURN name, count(*) AS total
ORDER BY name
