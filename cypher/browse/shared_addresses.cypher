// summary: Addresses that several names of different registrable domains resolve to.
// params:  org: str -- the organization
//          names: int = 2 -- how many domains at least
// index:   IPAddress(org, key)
MATCH (address:IPAddress)
WHERE address.org = $org AND address.key IS NOT NULL
MATCH (name:DomainName)-[to:RESOLVES_TO]->(address)
WHERE to.holds_since IS NOT NULL
WITH address, collect(name) AS found, count(DISTINCT name.registrable_domain) AS domains
WHERE domains >= $names
UNWIND found AS name
MATCH path = (name)-[:RESOLVES_TO]->(address)
RETURN path
LIMIT 300
