// summary: How organizations have set rules, shipped ones and their own, and every version of that.
CREATE CONSTRAINT rule_setting IF NOT EXISTS FOR (n:RuleSetting) REQUIRE (n.org, n.rule) IS UNIQUE;
CREATE CONSTRAINT rule_setting_id IF NOT EXISTS FOR (n:RuleSetting) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT rule_version IF NOT EXISTS FOR (n:RuleVersion) REQUIRE (n.org, n.rule, n.number) IS UNIQUE;
CREATE CONSTRAINT rule_version_id IF NOT EXISTS FOR (n:RuleVersion) REQUIRE n.id IS UNIQUE;
