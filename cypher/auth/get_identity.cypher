// summary: Whose an identity at a provider is.
// mode:    read
// params:  issuer: str -- the provider
//          subject: str -- who it is there
// returns: user: str -- the user's id, email: str, is_suspended: bool
// index:   FederatedIdentity(issuer, subject)
// rows:    0 or 1
MATCH (identity:FederatedIdentity {issuer: $issuer, subject: $subject})<-[:HAS_IDENTITY]-(user:User)
RETURN user.id AS user, user.email AS email, user.suspended_at IS NOT NULL AS is_suspended
LIMIT 1
