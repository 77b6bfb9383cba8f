// summary: Watches of saved queries, and what changed in their answers.
CREATE CONSTRAINT watch_id IF NOT EXISTS FOR (n:Watch) REQUIRE n.id IS UNIQUE;
CREATE INDEX watch_org IF NOT EXISTS FOR (n:Watch) ON (n.org);
CREATE INDEX watch_due IF NOT EXISTS FOR (n:Watch) ON (n.due_at);
CREATE CONSTRAINT watch_change_id IF NOT EXISTS FOR (n:WatchChange) REQUIRE n.id IS UNIQUE;
CREATE INDEX watch_change_at IF NOT EXISTS FOR (n:WatchChange) ON (n.watch, n.at);
CREATE INDEX watch_change_org IF NOT EXISTS FOR (n:WatchChange) ON (n.org);
