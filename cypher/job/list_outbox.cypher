// summary: Events that were committed and perhaps never published, oldest first.
// mode:    read
// params:  before: datetime -- younger ones are still with their writer
// returns: id: str, org: str, events: bytes, has_touched: bool -- whether rules have yet to look at what was touched
// index:   Outbox(org) -- any organization's
// rows:    at most 100
MATCH (o:Outbox)
WHERE o.org IS NOT NULL AND o.at < $before
RETURN o.id AS id, o.org AS org, o.events AS events, o.touched IS NOT NULL AS has_touched
ORDER BY o.at
LIMIT 100
