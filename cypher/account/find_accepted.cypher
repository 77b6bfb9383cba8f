// summary: The organization into which a token has let somebody already.
// mode:    read
// params:  hash: str -- SHA-256 of the token
//          email: str -- whom the invitation is for
// returns: org: str
// index:   Invitation(hash)
// rows:    0 or 1
MATCH (invitation:Invitation {hash: $hash})
WHERE invitation.email = $email AND invitation.accepted_at IS NOT NULL
RETURN invitation.org AS org
LIMIT 1
