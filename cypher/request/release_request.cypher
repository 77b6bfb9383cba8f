// summary: Let go of a request that is not carried out now, so that it may be taken again at once.
// mode:    write
// params:  id: str -- the request
//          token: str -- who holds it
// returns: id: str
// index:   IdempotentRequest(id)
// rows:    1, or none where somebody else has taken it
MATCH (r:IdempotentRequest {id: $id})
WHERE r.token = $token AND r.answered_at IS NULL
SET r.held_until = datetime.realtime(), r.token = ''
RETURN r.id AS id
