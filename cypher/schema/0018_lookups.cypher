// summary: When each collector last answered about an entity in all its parts: what is fresh still is not asked again.
CREATE CONSTRAINT lookup IF NOT EXISTS FOR (n:Lookup) REQUIRE (n.about, n.collector) IS UNIQUE;
CREATE INDEX lookup_org IF NOT EXISTS FOR (n:Lookup) ON (n.org);
