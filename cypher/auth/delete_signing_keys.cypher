// summary: Forget signing keys of which no token can be in use any more.
// mode:    write
// params:  ring: str -- what the keys are for
//          before: datetime -- keys that had ended by then
// returns: deleted: int
// index:   SigningKey(ring, ordinal)
// rows:    1
MATCH (key:SigningKey {ring: $ring})
WHERE key.ordinal > 0 AND key.ends_at < $before
DELETE key
RETURN count(*) AS deleted
