// summary: Make the signing key of this ordinal, unless another process just made it, and let the former ones end.
// mode:    write
// params:  ring: str -- what the keys are for
//          ordinal: int -- one more than the latest key's
//          kid: str
//          public: str -- as a JWK in JSON
//          sealed: str -- the private part
//          now: datetime
//          signs_from: datetime -- from then on it signs
//          former_end_at: datetime -- from then on nothing that former ones signed is accepted
// returns: kid: str -- of the key with this ordinal, whoever made it
// index:   SigningKey(ring, ordinal)
// rows:    1
MERGE (key:SigningKey {ring: $ring, ordinal: $ordinal})
ON CREATE SET key.kid = $kid, key.public = $public, key.sealed = $sealed, key.created_at = $now,
              key.signs_from = $signs_from
WITH key, key.kid = $kid AS is_new
CALL (is_new) {
  MATCH (former:SigningKey {ring: $ring})
  WHERE former.ordinal < $ordinal AND is_new AND (former.ends_at IS NULL OR former.ends_at > $former_end_at)
  SET former.ends_at = $former_end_at
  RETURN count(former) AS ended
}
RETURN key.kid AS kid
