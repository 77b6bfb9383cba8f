// summary: Take a delivery for sending, so that nobody else sends it meanwhile.
// mode:    write
// params:  id: str
//          now: datetime
//          until: datetime -- then it is due again, should the sender have died
// returns: sealed: str -- the notice, tries: int -- this one included, tries_before: int -- those before it was replayed
//          begun_at: datetime, tlp: str, is_test: bool, org: str
//          org_is_closed: bool -- whether it is suspended or deleted, channel: map
// index:   Delivery(id), Channel(id), Organization(id)
// rows:    0 or 1
MATCH (d:Delivery {id: $id})
REMOVE d._lock
WITH d
WHERE d.due_at <= $now
MATCH (c:Channel {id: d.channel})
MATCH (org:Organization {id: d.org})
SET d.due_at = $until, d.tries = d.tries + 1
RETURN d.sealed AS sealed, d.tries AS tries, d.tries_before AS tries_before, d.begun_at AS begun_at, d.tlp AS tlp,
       d.is_test AS is_test, d.org AS org,
       org.suspended_at IS NOT NULL OR org.deleted_at IS NOT NULL AS org_is_closed, properties(c) AS channel
