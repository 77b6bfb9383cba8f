// summary: Let a user set a password by a token; former tokens open nothing any longer.
// mode:    write
// params:  email: str
//          hash: str -- SHA-256 of the token
//          now: datetime
//          expires_at: datetime
// returns: user: str -- the user's id
// index:   User(email)
// rows:    1, or none where there is no such user
MATCH (user:User {email: $email})
CALL (user) {
  MATCH (user)-[:MAY_RESET]->(former:PasswordReset)
  DETACH DELETE former
}
CREATE (user)-[:MAY_RESET]->(:PasswordReset {hash: $hash, created_at: $now, expires_at: $expires_at})
RETURN user.id AS user
