// summary: A page of the changes of a watched answer, the last one first, for its owner, where they may read as much as it was asked with.
// mode:    read
// params:  org: str -- the organization
//          user: str -- the id of who asks
//          id: str -- of the watch
//          readable: list<str> -- the markings that the reader may read
//          permissions: list<str> -- what the reader may do
//          behind: datetime -- when the last one seen was; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
// returns: properties: map -- the change's
// index:   Watch(id), WatchChange(watch, at)
// rows:    at most limit
MATCH (w:Watch {id: $id})
WHERE w.org = $org AND w.owner = $user
MATCH (c:WatchChange)
WHERE c.watch = w.id AND c.at IS NOT NULL AND c.clearance IN $readable
  AND all(each IN c.needs WHERE each IN $permissions)
  AND ($behind IS NULL OR c.at < $behind OR (c.at = $behind AND c.id > $behind_id))
RETURN properties(c) AS properties
ORDER BY c.at DESC, c.id
LIMIT $limit
