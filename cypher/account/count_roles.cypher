// summary: How many roles an organization made itself.
// mode:    read
// params:  org: str -- the organization
// returns: total: int
// index:   Role(org, name)
// rows:    1
MATCH (role:Role)
WHERE role.org = $org AND role.name > ''
RETURN count(role) AS total
