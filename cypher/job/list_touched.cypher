// summary: What was touched in an organization and rules have yet to look at, oldest first.
// mode:    read
// params:  org: str -- the organization
//          limit: int -- how many transactions at most
// returns: id: str, touched: bytes -- ids of entities, compressed JSON
// index:   Outbox(org)
// rows:    at most limit
MATCH (o:Outbox {org: $org})
WHERE o.touched IS NOT NULL
RETURN o.id AS id, o.touched AS touched
ORDER BY o.at
LIMIT $limit
