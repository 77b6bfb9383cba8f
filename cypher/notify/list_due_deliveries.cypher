// summary: What is to be sent over channels now, longest due first.
// mode:    read
// params:  now: datetime
//          limit: int
// returns: id: str
// index:   Delivery(due_at)
// rows:    at most limit
MATCH (d:Delivery)
WHERE d.due_at <= $now
RETURN d.id AS id
ORDER BY d.due_at
LIMIT $limit
