// summary: The saved queries that somebody may see: their own, and those that are shared; all of them, or what is called so.
// mode:    read
// params:  org: str -- the organization
//          user: str -- the id of who asks
//          called: str -- an id or a name; null for all
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the query's
//          watch: map -- its watch, without the answer; null where it is not watched, and to others than its owner
// index:   SavedQuery(org), Watch(id)
// rows:    one a query; one's own before those of others
MATCH (q:SavedQuery)
WHERE q.org = $org AND (q.owner = $user OR q.is_shared) AND ($called IS NULL OR $called IN [q.id, q.name])
  AND ($readable IS NULL OR coalesce(q.tlp, '') IN $readable)
OPTIONAL MATCH (w:Watch {id: q.id})
WHERE q.owner = $user
RETURN properties(q) AS properties, CASE WHEN w IS NOT NULL THEN w {
  .id, .since, .checked_at, .number, .failed_at, .failure, .is_told, .forgotten
} END AS watch
ORDER BY q.owner <> $user, q.name, q.id
