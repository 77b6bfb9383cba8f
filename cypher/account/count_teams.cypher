// summary: How many teams an organization has.
// mode:    read
// params:  org: str -- the organization
// returns: total: int
// index:   Team(org, name)
// rows:    1
MATCH (team:Team)
WHERE team.org = $org AND team.name > ''
RETURN count(team) AS total
