// summary: Uniqueness of rules and suppressions, and the way to what is due.
CREATE CONSTRAINT rule_id IF NOT EXISTS FOR (n:Rule) REQUIRE n.id IS UNIQUE;
CREATE INDEX rule_org IF NOT EXISTS FOR (n:Rule) ON (n.org, n.rule);
CREATE CONSTRAINT suppression_id IF NOT EXISTS FOR (n:Suppression) REQUIRE n.id IS UNIQUE;
CREATE INDEX suppression_due IF NOT EXISTS FOR (n:Suppression) ON (n.org, n.until);
