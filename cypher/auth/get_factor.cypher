// summary: A user's second factor, set up or about to be.
// mode:    read
// params:  user: str -- the user's id
// returns: sealed: str -- the secret, created_at: datetime, confirmed_at: datetime -- null while it is being set up
//          step: int -- the last time step of which a code was used, recovery: list<str> -- SHA-256 of each code that is left
// index:   User(id)
// rows:    0 or 1
MATCH (user:User {id: $user})-[:HAS_FACTOR]->(factor:SecondFactor)
RETURN factor.sealed AS sealed, factor.created_at AS created_at, factor.confirmed_at AS confirmed_at,
       factor.step AS step, factor.recovery AS recovery
LIMIT 1
