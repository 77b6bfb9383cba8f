// summary: Delete an organization's first entities; what hung on them is gone already.
// mode:    write
// params:  org: str -- the organization
//          entities: int -- how many at most
// returns: deleted: int -- how many nodes
// index:   Entity(org, key)
// rows:    1
MATCH (n:Entity)
WHERE n.org = $org AND n.key >= ''
WITH n LIMIT $entities
DETACH DELETE n
RETURN count(*) AS deleted
