// summary: Forget requests whose time is over.
// mode:    write
// params:  now: datetime -- null for the database's own clock
//          limit: int -- how many at most
// returns: deleted: int
// index:   IdempotentRequest(expires_at)
// rows:    1
MATCH (r:IdempotentRequest)
WHERE r.expires_at < coalesce($now, datetime.realtime())
WITH r LIMIT $limit
DELETE r
RETURN count(*) AS deleted
