// summary: Replace a user's recovery codes.
// mode:    write
// params:  user: str -- the user's id
//          recovery: list<str> -- SHA-256 of each
// returns: user: str
// index:   SecondFactor(user)
// rows:    1, or none where there is no second factor
MATCH (factor:SecondFactor {user: $user})
WHERE factor.confirmed_at IS NOT NULL
SET factor.recovery = $recovery
RETURN factor.user AS user
