// summary: Forget sessions, and links for a new password, that ended long ago.
// mode:    write
// params:  before: datetime -- what had ended by then
//          most: int -- at a time
// returns: deleted: int
// index:   Session(expires_at), PasswordReset(expires_at)
// rows:    1
CALL () {
  MATCH (session:Session)
  WHERE session.expires_at < $before
  WITH session LIMIT $most
  DETACH DELETE session
  RETURN count(*) AS sessions
}
CALL () {
  MATCH (link:PasswordReset)
  WHERE link.expires_at < $before
  WITH link LIMIT $most
  DETACH DELETE link
  RETURN count(*) AS links
}
RETURN sessions + links AS deleted
