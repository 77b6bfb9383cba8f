// summary: A page of what was or is to be sent over a channel, latest first.
// mode:    read
// params:  org: str -- the organization
//          channel: str -- the channel's id
//          states: list<str> -- DUE, DELIVERED, DEAD
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
//          behind: datetime -- created_at of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
// returns: properties: map -- without the sealed notice
// index:   Delivery(channel, created_at)
// rows:    at most limit
MATCH (d:Delivery)
WHERE d.channel = $channel AND d.created_at IS NOT NULL AND d.org = $org AND d.state IN $states
  AND ($readable IS NULL OR d.tlp IN $readable)
  AND ($behind IS NULL OR d.created_at < $behind OR (d.created_at = $behind AND d.id > $behind_id))
RETURN d {.*, sealed: null} AS properties
ORDER BY d.created_at DESC, d.id
LIMIT $limit
