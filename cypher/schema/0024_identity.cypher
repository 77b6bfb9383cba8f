// summary: Pairs that may be one, what was decided of them, and the keys by which they are found.
CREATE CONSTRAINT match_id IF NOT EXISTS FOR (n:Match) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT match_profile_id IF NOT EXISTS FOR (n:MatchProfile) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT match_key_id IF NOT EXISTS FOR (n:MatchKey) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT match_desk_id IF NOT EXISTS FOR (n:MatchDesk) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT identity_decision_id IF NOT EXISTS FOR (n:IdentityDecision) REQUIRE n.id IS UNIQUE;
CREATE INDEX match_state IF NOT EXISTS FOR (n:Match) ON (n.org, n.state, n.score);
CREATE INDEX match_profile_org IF NOT EXISTS FOR (n:MatchProfile) ON (n.org);
CREATE INDEX match_key_org IF NOT EXISTS FOR (n:MatchKey) ON (n.org);
CREATE INDEX match_desk_org IF NOT EXISTS FOR (n:MatchDesk) ON (n.org);
CREATE INDEX identity_decision_org IF NOT EXISTS FOR (n:IdentityDecision) ON (n.org, n.at);
