// summary: Begin to set up a second factor; one that was begun before is replaced, one that is in use stays.
// mode:    write
// params:  user: str -- the user's id
//          sealed: str -- the secret
//          now: datetime
// returns: user: str
// index:   SecondFactor(user), User(id)
// rows:    1, or none where one is in use
MATCH (user:User {id: $user})
MERGE (factor:SecondFactor {user: user.id})
MERGE (user)-[:HAS_FACTOR]->(factor)
WITH user, factor
WHERE factor.confirmed_at IS NULL
SET factor.sealed = $sealed, factor.created_at = $now, factor.recovery = [], factor.step = -1
RETURN user.id AS user
