// summary: Use a code of the second factor; no code is good twice.
// mode:    write
// params:  user: str -- the user's id
//          step: int -- the time step that the code belongs to
// returns: user: str
// index:   SecondFactor(user)
// rows:    1, or none where a code of this step or a later one was used
MATCH (factor:SecondFactor {user: $user})
REMOVE factor._lock
WITH factor
WHERE factor.confirmed_at IS NOT NULL AND factor.step < $step
SET factor.step = $step
RETURN factor.user AS user
