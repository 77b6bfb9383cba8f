// summary: Suspend a user everywhere, or end that.
// mode:    write
// params:  email: str
//          suspended_at: datetime -- null where the user is not
// returns: id: str
// index:   User(email)
// rows:    1, or none where there is no such user
MATCH (user:User {email: $email})
SET user.suspended_at = $suspended_at
RETURN user.id AS id
