// summary: A role that an organization made itself, by its id or its name, with how many have or were offered it.
// mode:    read
// params:  org: str -- the organization
//          key: str -- its id or its name
// returns: id: str, name: str, permissions: list<str>, created_at: datetime, uses: int
// index:   Role(org, name), Membership(org), Invitation(org, email)
// rows:    0 or 1
MATCH (role:Role)
WHERE role.org = $org AND role.name > '' AND (role.id = $key OR role.name = $key)
RETURN role.id AS id, role.name AS name, role.permissions AS permissions, role.created_at AS created_at,
       COUNT { MATCH (m:Membership) WHERE m.org = $org AND m.role = role.name }
       + COUNT {
         MATCH (i:Invitation)
         WHERE i.org = $org AND i.email > '' AND i.role = role.name AND i.accepted_at IS NULL AND i.revoked_at IS NULL
       } AS uses
LIMIT 1
