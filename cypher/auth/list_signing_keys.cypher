// summary: The keys that sign access tokens, or whose tokens may still be in use, in the order they were made.
// mode:    read
// params:  ring: str -- what the keys are for
//          now: datetime
// returns: ordinal: int -- counts up, kid: str, public: str -- as a JWK in JSON, sealed: str -- the private part
//          created_at: datetime, signs_from: datetime, ends_at: datetime -- null while nothing follows it
// index:   SigningKey(ring, ordinal)
// rows:    a handful
MATCH (key:SigningKey {ring: $ring})
WHERE key.ordinal > 0 AND (key.ends_at IS NULL OR key.ends_at > $now)
RETURN key.ordinal AS ordinal, key.kid AS kid, key.public AS public, key.sealed AS sealed,
       key.created_at AS created_at, key.signs_from AS signs_from, key.ends_at AS ends_at
ORDER BY key.ordinal
