// summary: Use a recovery code; it is good once.
// mode:    write
// params:  user: str -- the user's id
//          hash: str -- SHA-256 of the code
// returns: left: int -- how many are left
// index:   SecondFactor(user)
// rows:    1, or none for a code that is none or was used
MATCH (factor:SecondFactor {user: $user})
REMOVE factor._lock
WITH factor
WHERE factor.confirmed_at IS NOT NULL AND $hash IN factor.recovery
SET factor.recovery = [code IN factor.recovery WHERE code <> $hash]
RETURN size(factor.recovery) AS left
