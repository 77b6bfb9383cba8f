// summary: Go on holding a request that is being carried out.
// mode:    write
// params:  id: str -- the request
//          token: str -- who holds it
//          held_s: float -- for how long, from now by the database's clock
// returns: id: str
// index:   IdempotentRequest(id)
// rows:    1, or none where somebody else has taken it
MATCH (r:IdempotentRequest {id: $id})
WHERE r.token = $token AND r.answered_at IS NULL
SET r.held_until = datetime.realtime() + duration({milliseconds: toInteger($held_s * 1000)})
RETURN r.id AS id
