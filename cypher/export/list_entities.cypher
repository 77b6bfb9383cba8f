// summary: A page of all entities of an organization with their former values, to be handed out.
// mode:    read
// params:  org: str -- the organization
//          behind: str -- the last key seen; empty for the first page
//          behind_id: str -- the last id seen; empty for the first page
//          limit: int -- how many at most
// returns: id: str, key: str, labels: list<str>, properties: map, versions: list<map> -- former values with from, until
// index:   Entity(org, key)
// rows:    at most limit, by key and id
MATCH (n:Entity)
WHERE n.org = $org AND n.key >= $behind AND (n.key > $behind OR n.id > $behind_id)
WITH n ORDER BY n.key, n.id LIMIT $limit
RETURN n.id AS id, n.key AS key, labels(n) AS labels, properties(n) AS properties,
       COLLECT { MATCH (n)-[:WAS]->(v:Version) RETURN properties(v) AS was ORDER BY v.from } AS versions
ORDER BY key, id
