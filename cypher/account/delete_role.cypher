// summary: Take a role of an organization's own away.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the role's id
// returns: id: str
// index:   Role(id)
// rows:    1, or none where the organization has no such role
MATCH (role:Role {id: $id})
WHERE role.org = $org
DETACH DELETE role
RETURN $id AS id
