// summary: Entities that came up within a number of hours, with their relationships.
// params:  org: str -- the organization
//          hours: int = 24 -- how many hours back from now
// index:   Entity(org, key)
MATCH (entity:Entity)
WHERE entity.org = $org AND entity.key IS NOT NULL AND entity.holds_since IS NOT NULL
  AND entity.first_seen > datetime() - duration({hours: $hours})
OPTIONAL MATCH path = (entity)-[r]->(:Entity)
WHERE r.holds_since IS NOT NULL
RETURN entity, path
LIMIT 300
