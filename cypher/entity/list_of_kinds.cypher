// summary: A stretch of an organization's entities of some kinds, in the order of their ids.
// mode:    read
// params:  org: str -- the organization
//          kinds: list<str> -- names of kinds
//          behind: str -- the id behind which to begin; empty for the beginning
//          limit: int -- how many at most
// returns: properties: map, labels: list<str>, versions: list<map> -- former values with from, until
// index:   Entity(id)
// rows:    at most limit
MATCH (n:Entity)
WHERE n.id > $behind AND n.org = $org AND any(label IN labels(n) WHERE label IN $kinds)
RETURN properties(n) AS properties, labels(n) AS labels,
       COLLECT { MATCH (n)-[:WAS]->(v:Version) RETURN properties(v) } AS versions
ORDER BY n.id
LIMIT $limit
