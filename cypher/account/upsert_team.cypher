// summary: Make a team, or rename it; put members on it, and take members off it.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the team's id
//          name: str
//          add: list<str> -- ids of memberships
//          remove: list<str> -- ids of memberships
//          now: datetime
// returns: id: str, name: str, created_at: datetime
// index:   Team(id), Membership(id)
// rows:    1
MERGE (team:Team {id: $id})
ON CREATE SET team.org = $org, team.created_at = $now
SET team.name = $name
WITH team
CALL (team) {
  MATCH (member:Membership)
  WHERE member.id IN $add AND member.org = $org
  MERGE (member)-[:ON]->(team)
}
CALL (team) {
  MATCH (member:Membership)-[on:ON]->(team)
  WHERE member.id IN $remove
  DELETE on
}
RETURN team.id AS id, team.name AS name, team.created_at AS created_at
