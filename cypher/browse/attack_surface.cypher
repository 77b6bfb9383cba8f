// summary: The attack surface below a name: addresses, services, certificates and software.
// params:  org: str -- the organization
//          name: str = "orrery-instruments.example" -- a registrable name
// index:   DomainName(org, registrable_domain)
MATCH (name:DomainName)
WHERE name.org = $org AND name.registrable_domain = $name
MATCH path = (name)-[to:RESOLVES_TO]->(:IPAddress)-[port:HAS_PORT]->(service:NetworkService)
WHERE to.holds_since IS NOT NULL AND port.holds_since IS NOT NULL
OPTIONAL MATCH more = (service)-[has:PRESENTS|RUNS]->(:Entity)
WHERE has.holds_since IS NOT NULL
RETURN path, more
LIMIT 300
