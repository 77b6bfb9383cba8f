// summary: Make a role of an organization's own, or set what it allows.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the role's id
//          name: str -- kept where the role is known
//          permissions: list<str>
//          now: datetime
// returns: id: str
// index:   Role(id)
// rows:    1
MERGE (role:Role {id: $id})
ON CREATE SET role.org = $org, role.name = $name, role.created_at = $now
SET role.permissions = $permissions
RETURN role.id AS id
