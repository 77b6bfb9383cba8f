// summary: The ids of an organization's entities whose searched texts meet a full-text query.
// mode:    read
// params:  org: str -- the organization
//          query: str -- in the language of the full-text index, made by graph.select
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str
// index:   entity_search
// rows:    as many as meet it
CALL db.index.fulltext.queryNodes('entity_search', $query) YIELD node
WHERE node.org = $org AND ($readable IS NULL OR coalesce(node.tlp, '') IN $readable)
RETURN node.id AS id
