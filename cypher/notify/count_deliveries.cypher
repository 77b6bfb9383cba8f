// summary: How much was or is to be sent over a channel.
// mode:    read
// params:  org: str -- the organization
//          channel: str -- the channel's id
//          states: list<str> -- DUE, DELIVERED, DEAD
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: total: int
// index:   Delivery(channel, created_at)
// rows:    1
MATCH (d:Delivery)
WHERE d.channel = $channel AND d.created_at IS NOT NULL AND d.org = $org AND d.state IN $states
  AND ($readable IS NULL OR d.tlp IN $readable)
RETURN count(d) AS total
