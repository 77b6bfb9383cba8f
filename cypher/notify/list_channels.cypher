// summary: The channels of an organization, by name.
// mode:    read
// params:  org: str -- the organization
// returns: properties: map
// index:   Channel(org, name)
// rows:    at most 100, as many as an organization may have
MATCH (c:Channel)
WHERE c.org = $org AND c.name > ''
RETURN properties(c) AS properties
ORDER BY c.name
