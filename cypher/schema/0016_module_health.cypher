// summary: How modules do: one record of each module in each organization, and of all those that do not work.
CREATE CONSTRAINT module_health IF NOT EXISTS FOR (n:ModuleHealth) REQUIRE (n.org, n.module) IS UNIQUE;
CREATE CONSTRAINT module_health_id IF NOT EXISTS FOR (n:ModuleHealth) REQUIRE n.id IS UNIQUE;
CREATE INDEX module_health_until IF NOT EXISTS FOR (n:ModuleHealth) ON (n.until);
