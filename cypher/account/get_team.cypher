// summary: A team of an organization, by its id or its name.
// mode:    read
// params:  org: str -- the organization
//          key: str -- its id or its name
// returns: id: str, name: str, created_at: datetime
// index:   Team(org, name)
// rows:    0 or 1
MATCH (team:Team)
WHERE team.org = $org AND team.name > '' AND (team.id = $key OR team.name = $key)
RETURN team.id AS id, team.name AS name, team.created_at AS created_at
LIMIT 1
