// summary: Have something sent over channels, once each.
// mode:    write
// params:  org: str -- the organization
//          now: datetime
//          deliveries: list<map> -- id, channel, event, tlp, fingerprint, is_test, sealed
// returns: id: str -- of each
// index:   Delivery(id), Channel(id)
// rows:    one a delivery, but for those whose channel is gone
UNWIND $deliveries AS row
MATCH (c:Channel {id: row.channel})
WHERE c.org = $org
MERGE (d:Delivery {id: row.id})
ON CREATE SET d.org = $org, d.channel = row.channel, d.event = row.event, d.tlp = row.tlp, d.is_test = row.is_test,
              d.fingerprint = row.fingerprint, d.sealed = row.sealed, d.state = 'DUE', d.tries = 0, d.tries_before = 0,
              d.created_at = $now, d.begun_at = $now, d.due_at = $now
RETURN d.id AS id
