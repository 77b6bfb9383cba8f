// summary: What is old is found by its age, one organization at a time; what keeps it is found, too.
CREATE INDEX evidence_aged IF NOT EXISTS FOR (n:Evidence) ON (n.org, n.aged_from);
CREATE INDEX finding_closed IF NOT EXISTS FOR (n:Finding) ON (n.org, n.closed_at);
CREATE CONSTRAINT removed_run_id IF NOT EXISTS FOR (n:RemovedRun) REQUIRE n.id IS UNIQUE;
CREATE INDEX removed_run_org IF NOT EXISTS FOR (n:RemovedRun) ON (n.org);
CREATE CONSTRAINT legal_hold_id IF NOT EXISTS FOR (n:LegalHold) REQUIRE n.id IS UNIQUE;
CREATE INDEX legal_hold_org IF NOT EXISTS FOR (n:LegalHold) ON (n.org);
