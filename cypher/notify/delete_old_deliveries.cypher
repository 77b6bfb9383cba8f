// summary: Forget deliveries that were made long ago, but for organizations of which nothing may be deleted.
// mode:    write
// params:  before: datetime
//          limit: int -- how many at most
// returns: deleted: int
// index:   Delivery(created_at), LegalHold(org)
// rows:    1
MATCH (d:Delivery)
WHERE d.created_at < $before
  AND NOT EXISTS { MATCH (hold:LegalHold) WHERE hold.org = d.org AND hold.lifted_at IS NULL }
WITH d LIMIT $limit
DELETE d
RETURN count(*) AS deleted
