// summary: Patterns that organizations keep, the rows of their answers, and the queries that members save.
CREATE CONSTRAINT pattern_id IF NOT EXISTS FOR (n:Pattern) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT pattern_name IF NOT EXISTS FOR (n:Pattern) REQUIRE (n.org, n.name) IS UNIQUE;
CREATE CONSTRAINT pattern_row_id IF NOT EXISTS FOR (n:PatternRow) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT pattern_desk_id IF NOT EXISTS FOR (n:PatternDesk) REQUIRE n.id IS UNIQUE;
CREATE INDEX pattern_desk_org IF NOT EXISTS FOR (n:PatternDesk) ON (n.org);
CREATE INDEX pattern_org IF NOT EXISTS FOR (n:Pattern) ON (n.org);
CREATE INDEX pattern_row_subject IF NOT EXISTS FOR (n:PatternRow) ON (n.pattern, n.subject);
CREATE INDEX pattern_row_moved IF NOT EXISTS FOR (n:PatternRow) ON (n.pattern, n.moved_at);
CREATE INDEX pattern_row_entered_act IF NOT EXISTS FOR (n:PatternRow) ON (n.entered_act);
CREATE INDEX pattern_row_left_act IF NOT EXISTS FOR (n:PatternRow) ON (n.left_act);
CREATE INDEX pattern_row_left IF NOT EXISTS FOR (n:PatternRow) ON (n.org, n.left_at);
CREATE INDEX pattern_row_org IF NOT EXISTS FOR (n:PatternRow) ON (n.org);
CREATE CONSTRAINT saved_query_id IF NOT EXISTS FOR (n:SavedQuery) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT saved_query_name IF NOT EXISTS FOR (n:SavedQuery) REQUIRE (n.org, n.owner, n.name) IS UNIQUE;
CREATE INDEX saved_query_org IF NOT EXISTS FOR (n:SavedQuery) ON (n.org);
