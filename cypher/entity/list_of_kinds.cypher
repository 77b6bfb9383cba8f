// summary: A stretch of an organization's entities of some kinds, in the order of keys and ids.
// mode:    read
// params:  org: str -- the organization
//          kinds: list<str> -- names of kinds
//          behind: str -- the key of the last one seen; empty for the beginning
//          behind_id: str -- its id; empty for the beginning
//          limit: int -- how many at most
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map, labels: list<str>, versions: list<map> -- former values with from, until
// index:   Entity(org, key)
// rows:    at most limit
MATCH (n:Entity)
WHERE n.org = $org AND n.key >= $behind AND (n.key > $behind OR n.id > $behind_id)
  AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
  AND any(label IN labels(n) WHERE label IN $kinds)
WITH n
ORDER BY n.key, n.id
LIMIT $limit
RETURN properties(n) AS properties, labels(n) AS labels,
       COLLECT { MATCH (n)-[:WAS]->(v:Version) RETURN properties(v) } AS versions
