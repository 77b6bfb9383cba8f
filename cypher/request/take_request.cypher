// summary: Take a mutation that carries an idempotency key: where it is new, or whoever carried it out has died.
// mode:    write
// params:  id: str -- follows from the caller and the key
//          org: str -- the organization
//          sealed: str -- what the request was, sealed; kept where it is new
//          key_version: str -- of the master key that seals it
//          token: str -- who takes it: one for each attempt
//          held_s: float -- for how long, by the database's clock, it is held unless renewed
//          kept_s: float -- for how long it is kept
// returns: is_taken: bool -- whether this attempt is to carry it out, is_new: bool -- whether it is the first one
//          is_answered: bool, sealed: str -- what the request was, and its answer once there is one
//          started_at: datetime -- when it was first taken
// index:   IdempotentRequest(id)
// rows:    1
MERGE (r:IdempotentRequest {id: $id})
ON CREATE SET r.org = $org, r.expires_at = datetime({epochMillis: 0})
REMOVE r._lock
WITH r, datetime.realtime() AS now
WITH r, now, r.expires_at <= now AS is_new, now + duration({milliseconds: toInteger($held_s * 1000)}) AS held_until
FOREACH (x IN CASE WHEN is_new THEN [1] ELSE [] END |
  SET r.sealed = $sealed, r.key_version = $key_version, r.started_at = now, r.answered_at = NULL, r.held_until = now,
      r.token = $token, r.expires_at = now + duration({milliseconds: toInteger($kept_s * 1000)}))
WITH r, is_new, held_until, r.answered_at IS NULL AND (r.token = $token OR r.held_until < now) AS is_taken
FOREACH (x IN CASE WHEN is_taken THEN [1] ELSE [] END | SET r.token = $token, r.held_until = held_until)
RETURN is_taken, is_new, r.answered_at IS NOT NULL AS is_answered, r.sealed AS sealed, r.started_at AS started_at
