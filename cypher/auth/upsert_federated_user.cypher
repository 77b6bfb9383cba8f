// summary: Make an account for an identity at a provider, whose address nobody has here.
// mode:    write
// params:  id: str -- of the user
//          email: str -- which the provider has verified
//          name: str -- null where none is known
//          issuer: str -- the provider
//          subject: str -- who it is there
//          now: datetime
// returns: user: str -- the user's id
// index:   User(email), FederatedIdentity(issuer, subject)
// rows:    1, or none where somebody else has the address
MERGE (user:User {email: $email})
ON CREATE SET user.id = $id, user.name = $name, user.is_platform_admin = false, user.created_at = $now
WITH user
WHERE user.id = $id
MERGE (identity:FederatedIdentity {issuer: $issuer, subject: $subject})
ON CREATE SET identity.user = user.id, identity.created_at = $now
WITH user, identity
WHERE identity.user = user.id
MERGE (user)-[:HAS_IDENTITY]->(identity)
RETURN user.id AS user
