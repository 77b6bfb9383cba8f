// summary: How many belong to an organization, or to one of its teams.
// mode:    read
// params:  org: str -- the organization
//          team: str -- only those on this team; null for all
// returns: total: int
// index:   Membership(org)
// rows:    1
MATCH (member:Membership)
WHERE member.org = $org AND ($team IS NULL OR EXISTS { (member)-[:ON]->(:Team {id: $team}) })
RETURN count(member) AS total
