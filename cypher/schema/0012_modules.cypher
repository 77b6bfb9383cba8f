// summary: How organizations have set their modules: one setting of each module in each organization.
CREATE CONSTRAINT module_setting IF NOT EXISTS FOR (n:ModuleSetting) REQUIRE (n.org, n.module) IS UNIQUE;
CREATE CONSTRAINT module_setting_id IF NOT EXISTS FOR (n:ModuleSetting) REQUIRE n.id IS UNIQUE;
