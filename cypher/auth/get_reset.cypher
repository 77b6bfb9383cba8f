// summary: Whose password a link may set.
// mode:    read
// params:  hash: str -- SHA-256 of the link's token
//          now: datetime
// returns: user: str -- the user's id, email: str, name: str -- null where none is known
// index:   PasswordReset(hash)
// rows:    0 or 1; none for a link that was used or has expired
MATCH (link:PasswordReset {hash: $hash})<-[:MAY_RESET]-(user:User)
WHERE link.expires_at > $now AND user.suspended_at IS NULL
RETURN user.id AS user, user.email AS email, user.name AS name
