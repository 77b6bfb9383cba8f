// summary: A page of the roles that an organization made itself, by name, with how many have or were offered them.
// mode:    read
// params:  org: str -- the organization
//          behind: str -- the name of the last one seen; empty for the first page
//          limit: int -- how many at most
// returns: id: str, name: str, permissions: list<str>, created_at: datetime, uses: int
// index:   Role(org, name), Membership(org), Invitation(org, email)
// rows:    at most limit
MATCH (role:Role)
WHERE role.org = $org AND role.name > $behind
WITH role ORDER BY role.name LIMIT $limit
RETURN role.id AS id, role.name AS name, role.permissions AS permissions, role.created_at AS created_at,
       COUNT { MATCH (m:Membership) WHERE m.org = $org AND m.role = role.name }
       + COUNT {
         MATCH (i:Invitation)
         WHERE i.org = $org AND i.email > '' AND i.role = role.name AND i.accepted_at IS NULL AND i.revoked_at IS NULL
       } AS uses
ORDER BY name
