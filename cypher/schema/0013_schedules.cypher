// summary: Schedules of scans: at most one of each scan, found by the moment at which something is due.
CREATE CONSTRAINT schedule_id IF NOT EXISTS FOR (n:Schedule) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT schedule_scan IF NOT EXISTS FOR (n:Schedule) REQUIRE n.scan IS UNIQUE;
CREATE INDEX schedule_due IF NOT EXISTS FOR (n:Schedule) ON (n.due_at);
CREATE INDEX schedule_org IF NOT EXISTS FOR (n:Schedule) ON (n.org, n.created_at);
