// summary: Set a password by a link, which opens nothing any longer, and end all sessions of the user.
// mode:    write
// params:  hash: str -- SHA-256 of the link's token
//          password: str -- the hash
//          now: datetime
// returns: user: str -- the user's id
// index:   PasswordReset(hash)
// rows:    1, or none for a link that was used or has expired
MATCH (link:PasswordReset {hash: $hash})
REMOVE link._lock
WITH link
MATCH (link)<-[:MAY_RESET]-(user:User)
WHERE link.expires_at > $now AND user.suspended_at IS NULL
SET user.password = $password, user.password_set_at = $now
WITH link, user
CALL (user) {
  MATCH (user)-[:HAS_SESSION]->(session:Session)
  WHERE session.ended_at IS NULL
  SET session.ended_at = $now, session.ended_why = 'password reset'
  RETURN count(session) AS ended
}
DETACH DELETE link
RETURN user.id AS user
