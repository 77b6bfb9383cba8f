// summary: The way from an entity to its notes, and from an organization to its scans.
CREATE INDEX note_about IF NOT EXISTS FOR (n:Note) ON (n.org, n.about);
CREATE INDEX scan_org IF NOT EXISTS FOR (n:Scan) ON (n.org, n.created_at);
CREATE INDEX run_scan IF NOT EXISTS FOR (n:Run) ON (n.org, n.scan);
