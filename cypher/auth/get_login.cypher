// summary: What is needed to let a user in: the password's hash, the second factor, and whether the device is known.
// mode:    read
// params:  email: str
//          device: str -- SHA-256 of the mark that the device carries; null where it has none
//          since: datetime -- a device that signed in before that is not known any more
// returns: user: str -- the user's id, email: str, name: str -- null where none is known
//          password: str -- the hash; null where none is set
//          is_suspended: bool
//          factor: str -- the sealed secret of the second factor; null where there is none
//          is_known_device: bool -- whether the user signed in from this device
// index:   User(email)
// rows:    0 or 1
MATCH (user:User {email: $email})
OPTIONAL MATCH (user)-[:HAS_FACTOR]->(factor:SecondFactor)
WHERE factor.confirmed_at IS NOT NULL
RETURN user.id AS user, user.email AS email, user.name AS name, user.password AS password,
       user.suspended_at IS NOT NULL AS is_suspended, factor.sealed AS factor,
       $device IS NOT NULL AND EXISTS {
         MATCH (user)-[:HAS_SESSION]->(session:Session)
         WHERE session.device = $device AND session.created_at > $since
       } AS is_known_device
LIMIT 1
