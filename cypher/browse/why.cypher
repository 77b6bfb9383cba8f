// summary: Why an entity holds: the answers that state it, what was looked at, and how that came up.
// params:  org: str -- the organization
//          key: str = "www.orrery-instruments.example" -- the entity's key
// index:   Entity(org, key)
MATCH (entity:Entity)
WHERE entity.org = $org AND entity.key = $key
MATCH path = (entity)<-[:PRODUCED]-(answer:Observation)-[:OF]->(:Entity)
MATCH (claim:Claim {id: answer.claim})
WHERE claim.content = answer.id
OPTIONAL MATCH evidence = (answer)-[:EVIDENCED_BY]->(:Evidence)
RETURN path, evidence
LIMIT 30
