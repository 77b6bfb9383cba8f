// summary: Remove a secret.
// mode:    write
// params:  id: str -- the secret's id
//          org: str -- the organization
// returns: id: str
// index:   Secret(id)
// rows:    1, or none where there is no such secret
MATCH (s:Secret {id: $id})
WHERE s.org = $org
WITH s, s.id AS id
DELETE s
RETURN id
