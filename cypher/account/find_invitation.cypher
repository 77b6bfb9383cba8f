// summary: The invitation that a token opens now, with its organization.
// mode:    read
// params:  hash: str -- SHA-256 of the token
//          now: datetime
// returns: id: str, org: str, org_name: str, email: str, role: str, clearance: str, teams: list<str> -- ids
//          invited_by: str -- e-mail address, created_at: datetime, sent_at: datetime, expires_at: datetime
// index:   Invitation(hash), Organization(id)
// rows:    1, or none where the token opens nothing: unknown, used, expired, taken back, or the organization is closed
MATCH (invitation:Invitation {hash: $hash})
WHERE invitation.accepted_at IS NULL AND invitation.revoked_at IS NULL AND invitation.expires_at > $now
MATCH (org:Organization {id: invitation.org})
WHERE org.suspended_at IS NULL AND org.deleted_at IS NULL
RETURN invitation.id AS id, org.id AS org, org.name AS org_name, invitation.email AS email,
       invitation.role AS role, invitation.clearance AS clearance, invitation.teams AS teams,
       invitation.invited_by AS invited_by, invitation.created_at AS created_at, invitation.sent_at AS sent_at,
       invitation.expires_at AS expires_at
