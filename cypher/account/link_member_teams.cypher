// summary: Put a member on these teams of the organization, and on no other.
// mode:    write
// params:  org: str -- the organization
//          id: str -- of the membership
//          teams: list<str> -- ids
// returns: id: str
// index:   Membership(id), Team(id)
// rows:    1, or none where the organization has no such member
MATCH (member:Membership {id: $id})
WHERE member.org = $org
CALL (member) {
  MATCH (member)-[old:ON]->(team:Team)
  WHERE NOT team.id IN $teams
  DELETE old
}
CALL (member) {
  MATCH (team:Team)
  WHERE team.id IN $teams AND team.org = $org
  MERGE (member)-[:ON]->(team)
}
RETURN member.id AS id
