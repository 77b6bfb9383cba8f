// summary: How many relationships of each type hold now.
// mode:    read
// params:  org: str -- the organization
//          types: list<str> -- the relationship types of the ontology, to tell them from others
// returns: name: str -- the type
//          total: int
// index:   Entity(org, key), for it counts everything the organization has
// rows:    one a type that occurs
MATCH (n:Entity)-[r]->(:Entity)
WHERE n.org = $org AND n.key IS NOT NULL AND type(r) IN $types AND r.holds_since IS NOT NULL
RETURN type(r) AS name, count(*) AS total
ORDER BY name
