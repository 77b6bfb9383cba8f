// summary: What organizations and the platform set while Mirage runs: one configuration of each, and its versions.
CREATE CONSTRAINT configuration_org IF NOT EXISTS FOR (n:Configuration) REQUIRE n.org IS UNIQUE;
CREATE CONSTRAINT configuration_id IF NOT EXISTS FOR (n:Configuration) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT configuration_version IF NOT EXISTS FOR (n:ConfigurationVersion) REQUIRE (n.org, n.number) IS UNIQUE;
CREATE CONSTRAINT configuration_version_id IF NOT EXISTS FOR (n:ConfigurationVersion) REQUIRE n.id IS UNIQUE;
