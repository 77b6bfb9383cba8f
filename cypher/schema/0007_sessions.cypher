// summary: Uniqueness of sessions, signing keys, links sent by mail and letters, and the ways to them.
CREATE CONSTRAINT session_id IF NOT EXISTS FOR (n:Session) REQUIRE n.id IS UNIQUE;
CREATE INDEX session_expiry IF NOT EXISTS FOR (n:Session) ON (n.expires_at);
CREATE CONSTRAINT signing_key_ordinal IF NOT EXISTS FOR (n:SigningKey) REQUIRE (n.ring, n.ordinal) IS UNIQUE;
CREATE CONSTRAINT password_reset_hash IF NOT EXISTS FOR (n:PasswordReset) REQUIRE n.hash IS UNIQUE;
CREATE INDEX password_reset_expiry IF NOT EXISTS FOR (n:PasswordReset) ON (n.expires_at);
CREATE CONSTRAINT letter_id IF NOT EXISTS FOR (n:Letter) REQUIRE n.id IS UNIQUE;
CREATE INDEX letter_due IF NOT EXISTS FOR (n:Letter) ON (n.due_at);
CREATE CONSTRAINT second_factor_user IF NOT EXISTS FOR (n:SecondFactor) REQUIRE n.user IS UNIQUE;
