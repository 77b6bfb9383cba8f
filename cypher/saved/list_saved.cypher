// summary: The saved queries that somebody may see: their own, and those that are shared; all of them, or what is called so.
// mode:    read
// params:  org: str -- the organization
//          user: str -- the id of who asks
//          called: str -- an id or a name; null for all
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the query's
// index:   SavedQuery(org)
// rows:    one a query; one's own before those of others
MATCH (q:SavedQuery)
WHERE q.org = $org AND (q.owner = $user OR q.is_shared) AND ($called IS NULL OR $called IN [q.id, q.name])
  AND ($readable IS NULL OR coalesce(q.tlp, '') IN $readable)
RETURN properties(q) AS properties
ORDER BY q.owner <> $user, q.name, q.id
