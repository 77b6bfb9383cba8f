// summary: Delete a channel with its deliveries, some at a time.
// mode:    write
// params:  org: str -- the organization
//          id: str -- the channel's id
//          limit: int -- how many deliveries at most
// returns: left: int -- how many of its deliveries there were, at most one more than the limit; the channel goes with the last
// index:   Channel(id), Delivery(channel, created_at)
// rows:    0 or 1
MATCH (c:Channel {id: $id})
WHERE c.org = $org
SET c.is_enabled = false
WITH c
CALL (c) {
  MATCH (d:Delivery)
  WHERE d.channel = c.id AND d.created_at IS NOT NULL
  WITH d LIMIT $limit
  DELETE d
  RETURN count(*) AS deleted
}
FOREACH (x IN CASE WHEN deleted < $limit THEN [c] ELSE [] END | DELETE x)
RETURN deleted AS left
