// summary: Keep the answer to a request.
// mode:    write
// params:  id: str -- the request
//          token: str -- who holds it
//          sealed: str -- what it was and its answer, sealed
//          key_version: str -- of the master key that seals it
// returns: id: str
// index:   IdempotentRequest(id)
// rows:    1, or none where somebody else has taken it
MATCH (r:IdempotentRequest {id: $id})
REMOVE r._lock
WITH r
WHERE r.token = $token AND r.answered_at IS NULL
SET r.sealed = $sealed, r.key_version = $key_version, r.answered_at = datetime.realtime()
RETURN r.id AS id
