// summary: Let an identity at a provider open an account that has none there yet.
// mode:    write
// params:  email: str -- the account's address, which the provider has verified
//          issuer: str -- the provider
//          subject: str -- who it is there
//          now: datetime
// returns: user: str -- the user's id
// index:   User(email), FederatedIdentity(issuer, subject)
// rows:    1, or none where nobody has the address, or its account has another identity at the provider: an address
//          that was given to somebody else must not open the account of who had it before
MATCH (user:User {email: $email})
REMOVE user._lock
WITH user
WHERE NOT EXISTS {
  MATCH (user)-[:HAS_IDENTITY]->(other:FederatedIdentity)
  WHERE other.issuer = $issuer AND other.subject <> $subject
}
MERGE (identity:FederatedIdentity {issuer: $issuer, subject: $subject})
ON CREATE SET identity.user = user.id, identity.created_at = $now
WITH user, identity
WHERE identity.user = user.id
MERGE (user)-[:HAS_IDENTITY]->(identity)
RETURN user.id AS user
