// summary: Make a user; one who is known stays as they are.
// mode:    write
// params:  id: str -- where the user is new
//          email: str
//          name: str -- null where none is known
//          password: str -- the hash; null where none is set yet
//          is_platform_admin: bool
//          now: datetime
// returns: id: str -- the user's, is_new: bool
// index:   User(email)
// rows:    1
MERGE (user:User {email: $email})
ON CREATE SET user.id = $id, user.name = $name, user.password = $password, user.is_platform_admin = $is_platform_admin,
              user.created_at = $now
RETURN user.id AS id, user.id = $id AS is_new
