// summary: Take a team away; its members stay.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the team's id
// returns: id: str
// index:   Team(id)
// rows:    1, or none where the organization has no such team
MATCH (team:Team {id: $id})
WHERE team.org = $org
DETACH DELETE team
RETURN $id AS id
