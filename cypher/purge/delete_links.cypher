// summary: Delete some relationships of an organization's first entities: a hub has more than one transaction holds.
// mode:    write
// params:  org: str -- the organization
//          entities: int -- how many entities to look at
//          limit: int -- how many relationships at most
// returns: deleted: int -- how many relationships
// index:   Entity(org, key)
// rows:    1
MATCH (n:Entity)
WHERE n.org = $org AND n.key >= ''
WITH n LIMIT $entities
MATCH (n)-[r]-()
WITH DISTINCT r LIMIT $limit
DELETE r
RETURN count(*) AS deleted
