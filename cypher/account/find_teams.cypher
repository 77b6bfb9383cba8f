// summary: Teams of an organization by their ids.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str>
// returns: id: str, name: str, created_at: datetime
// index:   Team(id)
// rows:    one a team, by name
MATCH (team:Team)
WHERE team.id IN $ids AND team.org = $org
RETURN team.id AS id, team.name AS name, team.created_at AS created_at
ORDER BY name
