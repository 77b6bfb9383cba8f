// summary: A page of an organization's teams, by name.
// mode:    read
// params:  org: str -- the organization
//          behind: str -- the name of the last one seen; empty for the first page
//          limit: int -- how many at most
// returns: id: str, name: str, created_at: datetime
// index:   Team(org, name)
// rows:    at most limit
MATCH (team:Team)
WHERE team.org = $org AND team.name > $behind
RETURN team.id AS id, team.name AS name, team.created_at AS created_at
ORDER BY name
LIMIT $limit
