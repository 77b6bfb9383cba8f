// summary: Set a user's password.
// mode:    write
// params:  user: str -- the user's id
//          password: str -- the hash
//          former: str -- only where this hash is still kept; null for whatever is kept
//          now: datetime
// returns: user: str
// index:   User(id)
// rows:    1, or none where there is no such user, or another password was set meanwhile
MATCH (user:User {id: $user})
REMOVE user._lock
WITH user
WHERE $former IS NULL OR user.password = $former
SET user.password = $password, user.password_set_at = $now
RETURN user.id AS user
