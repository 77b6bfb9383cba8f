// summary: Rows that stand before an act of which nobody wrote how it ended.
// mode:    read
// params:  org: str -- the organization; null for all chains
//          before: datetime -- only those written before
//          limit: int -- how many at most
// returns: properties: map -- of the row
// index:   AuditOpen(at), AuditEvent(id)
// rows:    at most limit, oldest first
MATCH (open:AuditOpen)
WHERE open.at < $before AND ($org IS NULL OR open.org = $org)
MATCH (e:AuditEvent {id: open.id})
RETURN properties(e) AS properties
ORDER BY open.at
LIMIT $limit
