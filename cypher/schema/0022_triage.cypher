// summary: What people did with findings, and whose they are.
CREATE CONSTRAINT finding_act_id IF NOT EXISTS FOR (n:FindingAct) REQUIRE n.id IS UNIQUE;
CREATE INDEX finding_act_org IF NOT EXISTS FOR (n:FindingAct) ON (n.org, n.at);
CREATE INDEX finding_triage IF NOT EXISTS FOR (n:Finding) ON (n.org, n.triage);
