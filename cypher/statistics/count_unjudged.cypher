// summary: How many writes rules have not looked at yet.
// mode:    read
// params:  org: str -- the organization
// returns: total: int
// index:   Outbox(org)
// rows:    1
MATCH (o:Outbox {org: $org})
WHERE o.touched IS NOT NULL
RETURN count(o) AS total
