// summary: Remove secrets.
// mode:    write
// params:  ids: list<str> -- the secrets' ids
//          org: str -- the organization
// returns: id: str
// index:   Secret(id)
// rows:    one a secret that was there
MATCH (s:Secret)
WHERE s.id IN $ids AND s.org = $org
WITH s, s.id AS id
DELETE s
RETURN id
