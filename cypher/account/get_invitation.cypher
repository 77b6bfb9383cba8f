// summary: An organization's open invitation, by its id or by whom it invites.
// mode:    read
// params:  org: str -- the organization
//          key: str -- its id, or the e-mail address that it is for
// returns: id: str, org: str, org_name: str, email: str, role: str, clearance: str, teams: list<str> -- ids
//          invited_by: str -- e-mail address, created_at: datetime, sent_at: datetime, expires_at: datetime
// index:   Invitation(org, email), Organization(id)
// rows:    0 or 1
MATCH (org:Organization {id: $org})
MATCH (invitation:Invitation)
WHERE invitation.org = $org AND invitation.email > '' AND (invitation.id = $key OR invitation.email = $key)
  AND invitation.accepted_at IS NULL AND invitation.revoked_at IS NULL
RETURN invitation.id AS id, org.id AS org, org.name AS org_name, invitation.email AS email,
       invitation.role AS role, invitation.clearance AS clearance, invitation.teams AS teams,
       invitation.invited_by AS invited_by, invitation.created_at AS created_at, invitation.sent_at AS sent_at,
       invitation.expires_at AS expires_at
LIMIT 1
