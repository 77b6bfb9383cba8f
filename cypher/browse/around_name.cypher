// summary: What lies around a domain name, two steps far.
// params:  org: str -- the organization
//          name: str = "orrery-instruments.example" -- the name
// index:   DomainName(org, key)
MATCH (name:DomainName)
WHERE name.org = $org AND name.key = $name
MATCH path = (name)-[relationships*1..2]-(:Entity)
WHERE all(r IN relationships WHERE r.holds_since IS NOT NULL)
RETURN path
LIMIT 300
