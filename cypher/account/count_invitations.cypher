// summary: How many of an organization's invitations were neither accepted nor taken back.
// mode:    read
// params:  org: str -- the organization
// returns: total: int
// index:   Invitation(org, email)
// rows:    1
MATCH (invitation:Invitation)
WHERE invitation.org = $org AND invitation.email > ''
  AND invitation.accepted_at IS NULL AND invitation.revoked_at IS NULL
RETURN count(invitation) AS total
