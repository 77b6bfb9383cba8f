// summary: Finish setting up a second factor: from now on signing in needs it.
// mode:    write
// params:  user: str -- the user's id
//          sealed: str -- the secret that the code was right for
//          step: int -- the time step of that code, which is used with this
//          recovery: list<str> -- SHA-256 of each recovery code
//          now: datetime
// returns: user: str
// index:   SecondFactor(user)
// rows:    1, or none where it was set up or begun anew meanwhile
MATCH (factor:SecondFactor {user: $user})
REMOVE factor._lock
WITH factor
WHERE factor.confirmed_at IS NULL AND factor.sealed = $sealed
SET factor.confirmed_at = $now, factor.step = $step, factor.recovery = $recovery
RETURN factor.user AS user
