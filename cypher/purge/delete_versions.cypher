// summary: Delete some former values of an organization's first entities.
// mode:    write
// params:  org: str -- the organization
//          entities: int -- how many entities to look at
//          limit: int -- how many former values at most
// returns: deleted: int -- how many nodes
// index:   Entity(org, key)
// rows:    1
MATCH (n:Entity)
WHERE n.org = $org AND n.key >= ''
WITH n LIMIT $entities
MATCH (n)-[:WAS]->(v:Version)
WITH v LIMIT $limit
DETACH DELETE v
RETURN count(*) AS deleted
