// summary: Take a user's second factor away.
// mode:    write
// params:  user: str -- the user's id
// returns: deleted: int
// index:   SecondFactor(user)
// rows:    1
MATCH (factor:SecondFactor {user: $user})
DETACH DELETE factor
RETURN count(*) AS deleted
