// summary: Take a mutation that carries an idempotency key: where it is new, or whoever carried it out has died.
// mode:    write
// params:  id: str -- follows from the caller and the key
//          org: str -- the organization
//          sealed: str -- what the request was, sealed; kept where it is new
//          key_version: str -- of the master key that seals it
//          token: str -- who takes it: one for each attempt
//          now: datetime
//          held_until: datetime -- until when it is held unless renewed
//          expires_at: datetime -- when it is forgotten
// returns: is_taken: bool -- whether this attempt is to carry it out, is_new: bool -- whether it is the first one
//          is_answered: bool, sealed: str -- what the request was, and its answer once there is one
//          started_at: datetime -- when it was first taken
// index:   IdempotentRequest(id)
// rows:    1
MERGE (r:IdempotentRequest {id: $id})
ON CREATE SET r.org = $org, r.expires_at = $now
REMOVE r._lock
WITH r, r.expires_at <= $now AS is_new
FOREACH (x IN CASE WHEN is_new THEN [1] ELSE [] END |
  SET r.sealed = $sealed, r.key_version = $key_version, r.started_at = $now, r.answered_at = NULL, r.held_until = $now,
      r.token = $token, r.expires_at = $expires_at)
WITH r, is_new, r.answered_at IS NULL AND (r.token = $token OR r.held_until < $now) AS is_taken
FOREACH (x IN CASE WHEN is_taken THEN [1] ELSE [] END | SET r.token = $token, r.held_until = $held_until)
RETURN is_taken, is_new, r.answered_at IS NOT NULL AS is_answered, r.sealed AS sealed, r.started_at AS started_at
