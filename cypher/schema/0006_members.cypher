// summary: One membership for a person in an organization; teams, invitations, resets; ways to what is purged.
CREATE CONSTRAINT membership_user IF NOT EXISTS FOR (n:Membership) REQUIRE (n.org, n.user) IS UNIQUE;
CREATE CONSTRAINT team_id IF NOT EXISTS FOR (n:Team) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT team_name IF NOT EXISTS FOR (n:Team) REQUIRE (n.org, n.name) IS UNIQUE;
CREATE CONSTRAINT invitation_id IF NOT EXISTS FOR (n:Invitation) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT invitation_hash IF NOT EXISTS FOR (n:Invitation) REQUIRE n.hash IS UNIQUE;
CREATE INDEX invitation_email IF NOT EXISTS FOR (n:Invitation) ON (n.org, n.email);
CREATE CONSTRAINT password_reset_hash IF NOT EXISTS FOR (n:PasswordReset) REQUIRE n.hash IS UNIQUE;
CREATE INDEX organization_deleted IF NOT EXISTS FOR (n:Organization) ON (n.deleted_at);
CREATE INDEX suppression_org IF NOT EXISTS FOR (n:Suppression) ON (n.org);
CREATE INDEX api_key_prefix IF NOT EXISTS FOR (n:ApiKey) ON (n.prefix);
CREATE INDEX evidence_sha256 IF NOT EXISTS FOR (n:Evidence) ON (n.sha256);
