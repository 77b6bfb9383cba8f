// summary: A page of an organization's invitations that were neither accepted nor taken back, the oldest first.
// mode:    read
// params:  org: str -- the organization
//          behind: datetime -- created_at of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
// returns: id: str, org: str, org_name: str, email: str, role: str, clearance: str, teams: list<str> -- ids
//          invited_by: str -- e-mail address, created_at: datetime, sent_at: datetime, expires_at: datetime
// index:   Invitation(org, email), Organization(id)
// rows:    at most limit
MATCH (org:Organization {id: $org})
MATCH (invitation:Invitation)
WHERE invitation.org = $org AND invitation.email > ''
  AND invitation.accepted_at IS NULL AND invitation.revoked_at IS NULL
  AND ($behind IS NULL OR invitation.created_at > $behind
       OR (invitation.created_at = $behind AND invitation.id > $behind_id))
RETURN invitation.id AS id, org.id AS org, org.name AS org_name, invitation.email AS email,
       invitation.role AS role, invitation.clearance AS clearance, invitation.teams AS teams,
       invitation.invited_by AS invited_by, invitation.created_at AS created_at, invitation.sent_at AS sent_at,
       invitation.expires_at AS expires_at
ORDER BY created_at, id
LIMIT $limit
