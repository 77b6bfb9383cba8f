// summary: Delete some observations, with their claims and evidence, of an organization's first entities.
// mode:    write
// params:  org: str -- the organization
//          entities: int -- how many entities to look at
//          limit: int -- how many observations at most
// returns: deleted: int -- how many nodes, files: list<str> -- SHA-256 of the evidence among them
// index:   Entity(org, key), Claim(id)
// rows:    1
MATCH (n:Entity)
WHERE n.org = $org AND n.key >= ''
WITH n LIMIT $entities
MATCH (n)<-[:OF]-(o:Observation)
WITH o LIMIT $limit
OPTIONAL MATCH (claim:Claim {id: o.claim})
OPTIONAL MATCH (o)-[:EVIDENCED_BY]->(evidence:Evidence)
WITH collect(DISTINCT o) + collect(DISTINCT claim) + collect(DISTINCT evidence) AS gone,
     collect(DISTINCT evidence.sha256) AS files
FOREACH (each IN gone | DETACH DELETE each)
RETURN size(gone) AS deleted, files
