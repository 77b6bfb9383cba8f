// summary: Forget deliveries that were made long ago.
// mode:    write
// params:  before: datetime
//          limit: int -- how many at most
// returns: deleted: int
// index:   Delivery(created_at)
// rows:    1
MATCH (d:Delivery)
WHERE d.created_at < $before
WITH d LIMIT $limit
DELETE d
RETURN count(*) AS deleted
